// What a failed setup operation or start means, in words and with a way out.
#pragma once

#include "sandbox/init/wire.h"
#include "sandbox/spec/setup_op.h"
#include "sandbox/spec/spec.h"
#include "support/error.h"

namespace ibuild::builder {

Error SetupError(const SetupOp& op, int error_number);
Error LaunchError(wire::LaunchStage stage, int error_number, const SandboxSpec& spec);

}  // namespace ibuild::builder
