// Credential helper programs (the docker-credential-helpers protocol): docker-credential-NAME with
// the verb get, store or erase, JSON on standard input and output.
//
// The name has been checked (docker_config.h), the program is looked up in PATH alone, and no shell
// is involved. What a helper prints on failure is shown, but never what it was given.
#pragma once

#include <optional>
#include <string>

#include "registry/auth/credential.h"

namespace ibuild::registry {

class CredentialHelper {
 public:
  explicit CredentialHelper(std::string name) : name_(std::move(name)) {}

  // Nothing when the helper knows none for the server.
  std::optional<Credential> Get(const std::string& server) const;
  void Store(const std::string& server, const Credential& credential) const;
  // False when there was nothing to erase.
  bool Erase(const std::string& server) const;

 private:
  // Nothing: "not found", in the protocol's words.
  std::optional<std::string> Run(const std::string& verb, const std::string& input) const;

  std::string name_;
};

}  // namespace ibuild::registry
