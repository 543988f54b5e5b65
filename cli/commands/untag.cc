#include <fmt/format.h>

#include "cli/commands/all.h"
#include "cli/exit_code.h"
#include "cli/image_names.h"
#include "cli/wiring.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

// Takes names away; the image stays.
class UntagCommand final : public Command {
 public:
  void Declare(OptionSet&) override {}

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    layers::NameIndex& index = wiring.store().names();
    const layers::FoundImage image = FindNamed(wiring, operands[0]);
    std::vector<oci::Reference> names = image.names;
    if (operands.size() > 1) names.clear();
    for (std::size_t i = 1; i < operands.size(); ++i) {
      names.push_back(NameToGive(wiring.settings(), operands[i]));
    }
    for (const oci::Reference& name : names) {
      if (index.Remove(name)) continue;
      throw Error(ErrorKind::kNotFound,
                  fmt::format("the image is not named {}", Quote(name.Familiar())));
    }
    index.Keep(image.descriptor);
    return kExitOk;
  }
};

// For scripts: only the exit code.
class ImageExistsCommand final : public Command {
 public:
  void Declare(OptionSet&) override {}
  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    return LookUpNamed(wiring, operands[0]) ? kExitOk : kExitFailed;
  }
};

}  // namespace

std::unique_ptr<Command> MakeUntag() { return std::make_unique<UntagCommand>(); }
std::unique_ptr<Command> MakeImageExists() { return std::make_unique<ImageExistsCommand>(); }

}  // namespace ibuild::cli
