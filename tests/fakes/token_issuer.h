// TokenIssuer: what a registry's token server does (distribution's token authentication
// specification): checks a Basic password, decides what the asked scopes come to, and signs a JSON
// Web Token (RFC 7519, RS256) that a registry trusting the certificate accepts.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/fakes/http_server.h"

struct evp_pkey_st;

namespace ibuild::fakes {

struct IssuerSettings {
  std::filesystem::path key;
  std::string issuer = "ibuild-token-server";
  std::map<std::string, std::string> users;  // name to password
  // Anonymous clients may pull.
  bool public_pull = false;
  // A user may push to "name/…" only.
  bool push_own_only = false;
  std::chrono::seconds lifetime{300};
};

class TokenIssuer {
 public:
  explicit TokenIssuer(IssuerSettings settings);

  // GET /token?service=…&scope=…; everything else is 404.
  FakeResponse Answer(const FakeRequest& request) const;
  // A token for `subject` with these scopes as they are.
  std::string Sign(const std::string& subject, const std::string& service,
                   const std::vector<std::string>& scopes) const;

 private:
  std::optional<std::string> Granted(const std::string& user, const std::string& scope) const;

  IssuerSettings settings_;
  std::shared_ptr<evp_pkey_st> key_;
  std::string key_id_;
};

// The user that an Authorization header names: nothing for a wrong password, empty for no header.
std::optional<std::string> CheckBasic(const std::string& authorization,
                                      const std::map<std::string, std::string>& users);

}  // namespace ibuild::fakes
