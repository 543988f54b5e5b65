// The registry clients of a command that reads from one place and writes to another, which may have
// credentials and trust of their own (--src-…, --dest-…).
#pragma once

#include <memory>

#include "cli/registry_options.h"
#include "registry/client/registry_client.h"

namespace ibuild::cli {

class Wiring;

class TwoSides {
 public:
  void Declare(OptionSet& options);
  // After parsing, before the clients are used.
  void Open(Wiring& wiring);

  registry::RegistryClient& source() { return *source_; }
  registry::RegistryClient& target() { return *target_; }

 private:
  RegistryOptions both_;
  RegistryOptions source_options_;
  RegistryOptions target_options_;
  std::unique_ptr<registry::RegistryClient> own_source_;
  registry::RegistryClient* source_ = nullptr;
  registry::RegistryClient* target_ = nullptr;
};

}  // namespace ibuild::cli
