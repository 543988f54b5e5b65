#include "cli/commands/all.h"
#include "cli/exit_code.h"
#include "cli/wiring.h"
#include "layers/store/store.h"

namespace ibuild::cli {
namespace {

class SyncCommand final : public Command {
 public:
  void Declare(OptionSet&) override {}

  int Run(Wiring& wiring, const std::vector<std::string>&) override {
    wiring.store().layer_directories().MakeDurable();
    return kExitOk;
  }
};

}  // namespace

std::unique_ptr<Command> MakeSync() { return std::make_unique<SyncCommand>(); }

}  // namespace ibuild::cli
