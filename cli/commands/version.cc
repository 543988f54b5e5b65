#include "cli/commands/all.h"
#include "cli/exit_code.h"
#include "cli/render/output.h"

namespace ibuild::cli {
namespace {

class VersionCommand final : public Command {
 public:
  void Declare(OptionSet&) override {}
  int Run(Wiring&, const std::vector<std::string>&) override {
    WriteStandardOutput("ibuild " IBUILD_VERSION
                        " (Dockerfile language: docker/dockerfile:1, stable)\n");
    return kExitOk;
  }
};

}  // namespace

std::unique_ptr<Command> MakeVersion() { return std::make_unique<VersionCommand>(); }

}  // namespace ibuild::cli
