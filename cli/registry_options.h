// Options of every command that speaks to registries, laid over what the environment says.
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

class RegistryOptions {
 public:
  void Declare(OptionSet& options);
  void ApplyTo(registry::RegistrySettings& settings) const;

 private:
  std::vector<std::string> insecure_;
  std::vector<std::string> ca_files_;
  std::optional<std::string> auth_file_;
  bool anonymous_ = false;
  bool verify_tls_ = true;
  std::optional<registry::Credential> given_;
  std::optional<std::size_t> jobs_;
  std::optional<std::chrono::milliseconds> wait_;
};

}  // namespace ibuild::cli
