#include "cli/commands/all.h"
#include "cli/exit_code.h"
#include "cli/wiring.h"
#include "layers/store/find_image.h"
#include "support/error.h"

namespace ibuild::cli {
namespace {

class TagCommand final : public Command {
 public:
  void Declare(OptionSet&) override {}

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    const oci::Reference name = oci::Reference::Parse(operands[1]);
    if (name.digest()) {
      throw Error(ErrorKind::kUsage, "a digest is not given: it is what the content has")
          .WithHint("name the image with a tag: `NAME:TAG`");
    }
    layers::Store& store = wiring.store();
    store.names().Set({{name, layers::FindImage(store, operands[0]).descriptor}});
    return kExitOk;
  }
};

}  // namespace

std::unique_ptr<Command> MakeTag() { return std::make_unique<TagCommand>(); }

}  // namespace ibuild::cli
