#include <fmt/format.h>

#include "cli/commands/all.h"
#include "cli/exit_code.h"
#include "cli/local_images.h"
#include "cli/render/output.h"
#include "cli/wiring.h"

namespace ibuild::cli {
namespace {

class RmiCommand final : public Command {
 public:
  void Declare(OptionSet&) override {}

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    layers::Store& store = wiring.store();
    std::string lines;
    for (const std::string& operand : operands) {
      for (const layers::NamedImage& image : FindNames(store, operand)) {
        if (store.names().Remove(image.name)) {
          lines += fmt::format("Untagged: {}\n", image.name.Familiar());
        }
      }
    }
    WriteStandardOutput(lines);
    wiring.reporter().Log(LogLevel::kInfo, "`ibuild prune` frees what no name needs any more");
    return kExitOk;
  }
};

}  // namespace

std::unique_ptr<Command> MakeRmi() { return std::make_unique<RmiCommand>(); }

}  // namespace ibuild::cli
