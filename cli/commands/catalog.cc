// catalog: the repositories of a registry.
#include "registry/client/catalog.h"

#include "cli/commands/remote.h"
#include "cli/exit_code.h"
#include "cli/registry_options.h"
#include "cli/render/output.h"
#include "cli/wiring.h"
#include "support/json.h"

namespace ibuild::cli {
namespace {

class CatalogCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Switch("--full-ref", "Print the registry, too", full_);
    options.Choice("--format", {"text", "json"}, "How to print it", format_);
    registry_.Declare(options);
  }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    registry_.ApplyTo(wiring.registry_settings());
    const oci::RegistryHost host = oci::RegistryHost::Parse(operands[0]);
    std::vector<std::string> names =
        registry::ListRepositories(wiring.registry(), host, wiring.stop());
    if (full_) {
      for (std::string& name : names) name.insert(0, host.name() + "/");
    }
    std::string text;
    for (const std::string& name : names) text += name + "\n";
    if (format_ == "json") text = DumpJson(OrderedJson(names), JsonStyle::kIndented) + "\n";
    WriteStandardOutput(text);
    return kExitOk;
  }

 private:
  bool full_ = false;
  std::string format_ = "text";
  RegistryOptions registry_;
};

}  // namespace

std::unique_ptr<Command> MakeCatalog() { return std::make_unique<CatalogCommand>(); }

}  // namespace ibuild::cli
