// Options of every command that speaks to registries, laid over what the environment says.
//
// A command that speaks to two has them three times: for both, and as --src-… and --dest-… for the
// one that is read and the one that is written.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "cli/options.h"
#include "registry/auth/credential.h"

namespace ibuild::registry {
struct RegistrySettings;
}

namespace ibuild::cli {

// A password on standard input, without the line end. Throws kUsage when there is none.
Secret ReadSecretFromInput();

class RegistryOptions {
 public:
  void Declare(OptionSet& options);
  // All but --username and --password, which a login has in its own way.
  void DeclareForLogin(OptionSet& options);
  // Those that may differ between two registries; `side`: "src" or "dest".
  void DeclareSide(OptionSet& options, const std::string& side);
  void ApplyTo(registry::RegistrySettings& settings) const;
  bool IsGiven() const;  // any of those that may differ

 private:
  std::optional<registry::Credential> Credential() const;
  void DeclareAccess(OptionSet& options, const std::string& prefix, const std::string& of);
  void DeclareUser(OptionSet& options, const std::string& prefix, const std::string& of);

  std::vector<std::string> insecure_;
  std::vector<std::string> ca_files_;
  std::optional<std::string> auth_file_;
  std::optional<std::string> certificates_;
  std::optional<registry::Credential> given_;
  std::optional<std::string> username_;
  std::optional<std::string> password_;
  bool password_from_stdin_ = false;
  std::optional<bool> verify_tls_;
  bool anonymous_ = false;
  std::optional<std::size_t> jobs_;
  std::optional<std::chrono::milliseconds> wait_;
};

}  // namespace ibuild::cli
