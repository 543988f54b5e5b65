#include "registry/client/tags.h"

#include "cli/commands/all.h"
#include "cli/exit_code.h"
#include "cli/registry_options.h"
#include "cli/render/output.h"
#include "cli/wiring.h"
#include "registry/client/registry_client.h"

namespace ibuild::cli {
namespace {

class TagsCommand final : public Command {
 public:
  void Declare(OptionSet& options) override { registry_.Declare(options); }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    registry_.ApplyTo(wiring.registry_settings());
    const oci::Reference name = oci::Reference::Parse(operands[0]);
    const registry::RepositoryAccess access =
        wiring.registry().Open(name.repository(), registry::Access::kPull);
    std::string lines;
    for (const std::string& tag : registry::ListTags(access)) lines += tag + "\n";
    WriteStandardOutput(lines);
    return kExitOk;
  }

 private:
  RegistryOptions registry_;
};

}  // namespace

std::unique_ptr<Command> MakeTags() { return std::make_unique<TagsCommand>(); }

}  // namespace ibuild::cli
