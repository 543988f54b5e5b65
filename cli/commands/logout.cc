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
  void Declare(OptionSet& options) override {
    options.Switch("-a,--all", "Forget the logins of all registries", all_);
    registry_.Declare(options);
  }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    registry_.ApplyTo(wiring.registry_settings());
    const registry::CredentialSettings& settings = wiring.registry_settings().credentials;
    const auto place = registry::LoginPlace::Parse(operands.empty() ? "docker.io" : operands[0]);
    const auto receipt =
        all_ ? registry::LogoutAll(settings) : registry::Logout(place.host, settings, place.path);
    const std::string what = all_ ? "any registry" : place.ToString();
    WriteStandardOutput(receipt.removed ? fmt::format("Removed the login of {} from {}\n", what,
                                                      receipt.file.native())
                                        : fmt::format("There was no login of {}\n", what));
    return kExitOk;
  }

 private:
  bool all_ = false;
  RegistryOptions registry_;
};

}  // namespace

std::unique_ptr<Command> MakeLogout() { return std::make_unique<LogoutCommand>(); }

}  // namespace ibuild::cli
