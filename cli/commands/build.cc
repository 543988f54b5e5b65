#include "cli/building/run_build.h"
#include "cli/commands/all.h"
#include "cli/render/output.h"

namespace ibuild::cli {
namespace {

class BuildCommand final : public Command {
 public:
  void Declare(OptionSet& options) override { options_.Declare(options); }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    const std::string location = operands.empty() ? "." : operands[0];
    const BuildOutcome outcome = RunBuild(wiring, options_, location);
    WriteStandardOutput(Shaped(wiring.settings().tool, outcome.printed));
    return outcome.exit_code;
  }

 private:
  // docker says the id with --quiet only; podman and buildah leave the algorithm out.
  std::string Shaped(ToolKind tool, const std::string& printed) const {
    constexpr std::string_view kAlgorithm = "sha256:";
    if (options_.call.what != "build" || !printed.starts_with(kAlgorithm)) return printed;
    if (tool == ToolKind::kDocker && !options_.progress.quiet()) return {};
    return IsContainersTool(tool) ? printed.substr(kAlgorithm.size()) : printed;
  }

  BuildOptions options_;
};

}  // namespace

std::unique_ptr<Command> MakeBuild() { return std::make_unique<BuildCommand>(); }

}  // namespace ibuild::cli
