// Answers to the stat family: what the kernel says, with the owner and the device that are
// recorded.
#pragma once

#include "sandbox/ownership/notify_loop.h"
#include "sandbox/ownership/owned_file.h"

namespace ibuild::builder {

// For a call that is not among them: nothing.
std::optional<Reply> AnswerStatCall(const Caller& caller, const StepFiles& files);

}  // namespace ibuild::builder
