#include "builder/secrets/source_credentials.h"

#include <string>
#include <utility>
#include <vector>

#include "support/base64.h"
#include "support/text.h"

namespace ibuild::builder {
namespace {

enum class Form { kHeader, kBearer, kBasic };

struct Candidate {
  std::string id;
  Form form;
};

// "host:port" of an http or https address. Empty for every other one, and for one with characters
// that two readers could take for different hosts.
std::string AuthorityOf(std::string_view url) {
  const std::size_t scheme = url.find("://");
  const std::string name = ToLower(url.substr(0, scheme));
  if (scheme == std::string_view::npos || (name != "http" && name != "https")) return {};
  url.remove_prefix(scheme + 3);
  std::string authority = ToLower(url.substr(0, url.find_first_of("/?#")));
  static constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyz0123456789-._:[]";
  return authority.find_first_not_of(kPlain) == std::string::npos ? authority : std::string();
}

// Without port and brackets.
std::string HostOf(const std::string& authority) {
  if (authority.starts_with('[')) return authority.substr(1, authority.find(']') - 1);
  return authority.substr(0, authority.find(':'));
}

Secret Format(Form form, const Secret& secret) {
  const std::string value(Trim(secret.Reveal()));
  switch (form) {
    case Form::kHeader:
      return Secret(value);
    case Form::kBearer:
      return Secret("Bearer " + value);
    case Form::kBasic:
      return Secret("Basic " + EncodeBase64("x-access-token:" + value));
  }
  return {};
}

Secret FirstOf(const std::vector<Candidate>& candidates, SecretStore& secrets) {
  for (const Candidate& candidate : candidates) {
    if (const auto secret = secrets.Find(candidate.id)) return Format(candidate.form, *secret);
  }
  return {};
}

}  // namespace

Secret UrlAuthorization(std::string_view url, SecretStore& secrets) {
  const std::string host = HostOf(AuthorityOf(url));
  if (host.empty()) return {};
  return FirstOf(
      {{"HTTP_AUTH_TOKEN_" + host, Form::kBearer}, {"HTTP_AUTH_HEADER_" + host, Form::kHeader}},
      secrets);
}

Secret GitAuthorization(std::string_view remote, SecretStore& secrets) {
  const std::string authority = AuthorityOf(remote);
  if (authority.empty()) return {};
  return FirstOf({{"GIT_AUTH_HEADER." + authority, Form::kHeader},
                  {"GIT_AUTH_HEADER", Form::kHeader},
                  {"GIT_AUTH_TOKEN." + authority, Form::kBasic},
                  {"GIT_AUTH_TOKEN", Form::kBasic}},
                 secrets);
}

}  // namespace ibuild::builder
