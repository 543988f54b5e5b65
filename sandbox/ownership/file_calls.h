// Answers to the calls that change owners, modes and attributes of files.
#pragma once

#include "sandbox/ownership/notify_loop.h"
#include "sandbox/ownership/owned_file.h"

namespace ibuild::builder {

// For a call that is not among them: nothing.
std::optional<Reply> AnswerFileCall(const Caller& caller, const StepFiles& files);

}  // namespace ibuild::builder
