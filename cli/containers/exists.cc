// container exists, network exists, volume exists: podman's questions, answered by the exit code.
#include "cli/containers/commands.h"
#include "cli/containers/open_engine.h"
#include "cli/exit_code.h"
#include "cli/wiring.h"
#include "containers/engine/engine.h"
#include "support/error.h"

namespace ibuild::cli {
namespace {

using Find = void (*)(const containers::Engine& engine, const std::string& name);

class ExistsCommand final : public Command {
 public:
  explicit ExistsCommand(Find find) : find_(find) {}
  void Declare(OptionSet&) override {}

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    try {
      find_(OpenEngine(wiring), operands[0]);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::kNotFound) return kExitFailed;
      throw;
    }
    return kExitOk;
  }

 private:
  Find find_;
};

}  // namespace

std::unique_ptr<Command> MakeContainerExists() {
  return std::make_unique<ExistsCommand>(
      [](const containers::Engine& engine, const std::string& name) {
        engine.containers().Find(name);
      });
}

std::unique_ptr<Command> MakeNetworkExists() {
  return std::make_unique<ExistsCommand>(
      [](const containers::Engine& engine, const std::string& name) {
        engine.networks().Find(name);
      });
}

std::unique_ptr<Command> MakeVolumeExists() {
  return std::make_unique<ExistsCommand>(
      [](const containers::Engine& engine, const std::string& name) {
        engine.volumes().Find(name);
      });
}

}  // namespace ibuild::cli
