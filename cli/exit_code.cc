#include "cli/exit_code.h"

#include "cli/options.h"

namespace ibuild::cli {
namespace {

int UsageCode(const Error& error, ToolKind tool) {
  if (tool == ToolKind::kIbuild || IsContainersTool(tool)) return kExitUsage;
  const bool option = dynamic_cast<const OptionError*>(&error) != nullptr;
  return tool == ToolKind::kDocker && option ? kExitUsage : kExitFailed;
}

}  // namespace

int ExitCodeOf(const Error& error, ToolKind tool) {
  if (error.kind() == ErrorKind::kUsage) return UsageCode(error, tool);
  if (error.kind() == ErrorKind::kCancelled) return kExitInterrupted;
  return kExitFailed;
}

}  // namespace ibuild::cli
