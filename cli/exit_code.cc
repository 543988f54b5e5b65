#include "cli/exit_code.h"

namespace ibuild::cli {

int ExitCodeOf(const Error& error) {
  if (error.kind() == ErrorKind::kUsage) return kExitUsage;
  if (error.kind() == ErrorKind::kCancelled) return kExitInterrupted;
  return kExitFailed;
}

}  // namespace ibuild::cli
