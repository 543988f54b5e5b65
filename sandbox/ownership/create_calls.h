// Answers to the calls that make files, whose owner is whoever calls.
#pragma once

#include "sandbox/ownership/notify_loop.h"
#include "sandbox/ownership/owned_file.h"

namespace ibuild::builder {

// For a call that is not among them: nothing.
std::optional<Reply> AnswerCreateCall(const Caller& caller, const StepFiles& files);

// The same of device nodes alone, for a step whose ids are its own.
std::optional<Reply> AnswerDeviceCall(const Caller& caller);

}  // namespace ibuild::builder
