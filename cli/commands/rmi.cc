#include <fmt/format.h>

#include "cli/commands/all.h"
#include "cli/exit_code.h"
#include "cli/render/output.h"
#include "cli/wiring.h"
#include "layers/store/find_image.h"

namespace ibuild::cli {
namespace {

// One name; all names of the image that is given by its id.
std::vector<oci::Reference> NamesToRemove(layers::Store& store, const std::string& operand) {
  const layers::FoundImage found = layers::FindImage(store, operand);
  return found.name ? std::vector{*found.name} : found.names;
}

class RmiCommand final : public Command {
 public:
  void Declare(OptionSet&) override {}

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    layers::Store& store = wiring.store();
    std::string lines;
    for (const std::string& operand : operands) {
      for (const oci::Reference& name : NamesToRemove(store, operand)) {
        if (store.names().Remove(name)) lines += fmt::format("Untagged: {}\n", name.Familiar());
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
