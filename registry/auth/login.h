// Logging in to a registry and out again.
//
// Login asks the registry with GET /v2/ whether the password is right before anything is written.
// What it stores is what Docker stores (config.json "auths", or the credential helper configured
// there; a refresh token in place of the password where the registry gives one), so docker, podman,
// skopeo and ibuild share one login. The file is written whole or not
// at all, mode 0600, under a lock; keys that we do not know are kept.
#pragma once

#include <filesystem>
#include <string>

#include "oci/reference.h"
#include "support/secret.h"

namespace ibuild::registry {

class RegistryClient;
struct CredentialSettings;

struct LoginRequest {
  oci::RegistryHost host;
  std::string username;
  Secret password;
  std::string path = {};  // of a namespace of the host ("team"); empty: the whole host
};

// What login and logout are told to log in to: "r.example", "r.example/team", or an address as old
// keys are written ("https://r.example/v1/"), of which the host counts.
struct LoginPlace {
  oci::RegistryHost host;
  std::string path = {};

  static LoginPlace Parse(std::string_view text);  // throws kInvalidInput
  std::string ToString() const { return path.empty() ? host.name() : host.name() + "/" + path; }
};

struct LoginReceipt {
  std::filesystem::path file;  // where the entry is
  std::string helper;          // the helper program that holds the secret; empty: the file does
  bool replaced = false;       // an earlier login of this host was replaced
};

// Throws kUnauthorized when the registry refuses, kUnavailable when it cannot be reached,
// kUsage for a user name with a colon or a line break in either.
LoginReceipt Login(const LoginRequest& request, RegistryClient& client);

struct LogoutReceipt {
  std::filesystem::path file;
  bool removed = false;  // false: there was nothing to remove
};

LogoutReceipt Logout(const oci::RegistryHost& host, const CredentialSettings& settings,
                     const std::string& path = {});
// Of every host that the file knows.
LogoutReceipt LogoutAll(const CredentialSettings& settings);

}  // namespace ibuild::registry
