#include "cli/exit_code.h"

namespace ibuild::cli {

int ExitCodeOf(const Error& error) {
  if (error.kind() == ErrorKind::kUsage) return kExitUsage;
  if (error.kind() == ErrorKind::kCancelled) return kExitInterrupted;
  return kExitFailed;
}

int ExitCodeOfStart(const Error& error) {
  constexpr int kNotExecutable = 126;  // as shells have it
  constexpr int kNoSuchProgram = 127;
  if (error.kind() == ErrorKind::kNotFound) return kNoSuchProgram;
  if (error.kind() == ErrorKind::kPermissionDenied) return kNotExecutable;
  return kExitFailed;
}

}  // namespace ibuild::cli
