// Answers to the calls that ask for ids, set them, or change them by executing a program.
#pragma once

#include "sandbox/ownership/caller.h"
#include "sandbox/ownership/notify_loop.h"

namespace ibuild::builder {

// For a call that is not among them: nothing.
std::optional<Reply> AnswerIdCall(const Caller& caller);

}  // namespace ibuild::builder
