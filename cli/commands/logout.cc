#include <fmt/format.h>

#include "cli/commands/all.h"
#include "cli/exit_code.h"
#include "cli/registry_options.h"
#include "cli/render/output.h"
#include "cli/wiring.h"
#include "registry/auth/login.h"
#include "registry/client/registry_settings.h"

namespace ibuild::cli {
namespace {

class LogoutCommand final : public Command {
 public:
  void Declare(OptionSet& options) override { registry_.Declare(options); }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    registry_.ApplyTo(wiring.registry_settings());
    const oci::RegistryHost host =
        oci::RegistryHost::Parse(operands.empty() ? "docker.io" : operands[0]);
    const auto receipt = registry::Logout(host, wiring.registry_settings().credentials);
    WriteStandardOutput(receipt.removed ? fmt::format("Removed the login of {} from {}\n",
                                                      host.name(), receipt.file.native())
                                        : fmt::format("There was no login of {}\n", host.name()));
    return kExitOk;
  }

 private:
  RegistryOptions registry_;
};

}  // namespace

std::unique_ptr<Command> MakeLogout() { return std::make_unique<LogoutCommand>(); }

}  // namespace ibuild::cli
