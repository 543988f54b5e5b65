#include "cli/commands/all.h"
#include "cli/exit_code.h"
#include "cli/image_names.h"
#include "cli/wiring.h"

namespace ibuild::cli {
namespace {

class TagCommand final : public Command {
 public:
  void Declare(OptionSet&) override {}

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    const layers::FoundImage image = FindNamed(wiring, operands[0]);
    std::vector<layers::NamedImage> names;
    for (std::size_t i = 1; i < operands.size(); ++i) {
      names.push_back({NameToGive(wiring.settings(), operands[i]), image.descriptor});
    }
    wiring.store().names().Set(names);
    return kExitOk;
  }
};

}  // namespace

std::unique_ptr<Command> MakeTag() { return std::make_unique<TagCommand>(); }

}  // namespace ibuild::cli
