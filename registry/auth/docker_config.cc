#include "registry/auth/docker_config.h"

#include <fmt/format.h>

#include "support/base64.h"
#include "support/error.h"
#include "support/json.h"
#include "support/text.h"

namespace ibuild::registry {
namespace {

// "user:password"; the password may hold colons, old writers padded with NULs.
void SplitPair(std::string pair, Credential& credential) {
  while (pair.ends_with('\0')) pair.pop_back();
  const std::size_t colon = pair.find(':');
  credential.username = pair.substr(0, colon);
  if (colon != std::string::npos) credential.password = Secret(pair.substr(colon + 1));
}

// A user name is shown and sent; a line break or NUL in it is an attempt at something.
bool HasControl(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return true;
  }
  return false;
}

std::optional<Credential> ReadEntry(const JsonReader& entry, const std::string& source) {
  Credential credential;
  credential.source = source;
  if (const auto pair = entry.StringIf("auth"); pair && !pair->empty()) {
    const auto decoded = DecodeBase64(Trim(*pair));
    if (!decoded) entry.Fail("\"auth\" is not base64");
    SplitPair(*decoded, credential);
  }
  if (const auto name = entry.StringIf("username"); name && !name->empty()) {
    credential.username = *name;
    credential.password = Secret(entry.StringIf("password").value_or(""));
  }
  credential.identity_token = Secret(entry.StringIf("identitytoken").value_or(""));
  credential.registry_token = Secret(entry.StringIf("registrytoken").value_or(""));
  if (HasControl(credential.username)) entry.Fail("the user name holds control characters");
  const bool empty = credential.username.empty() && credential.identity_token.empty() &&
                     credential.registry_token.empty();
  return empty ? std::nullopt : std::optional(std::move(credential));
}

void CheckHelperName(const std::string& name) {
  constexpr std::string_view kAllowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  if (name.find_first_not_of(kAllowed) == std::string::npos) return;
  throw Error(ErrorKind::kInvalidInput,
              fmt::format("{} is no name of a credential helper", Quote(name)));
}

// What we say by ourselves, or must not say.
bool IsOurs(std::string_view header) {
  const std::string name = ToLower(header);
  return name == "authorization" || name == "proxy-authorization" || name == "host" ||
         name == "cookie" || name == "expect" || name == "transfer-encoding" || name == "range" ||
         name == "accept" || name == "accept-encoding" || name == "connection" ||
         name.starts_with("content-");
}

}  // namespace

std::string HostOfKey(std::string_view key) {
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (key.starts_with(scheme)) key.remove_prefix(scheme.size());
  }
  const std::string host(key.substr(0, key.find('/')));
  const bool hub = host == "index.docker.io" || host == "registry-1.docker.io";
  return hub ? "docker.io" : host;
}

std::string KeyOfHost(const oci::RegistryHost& host) {
  return host.IsDockerHub() ? std::string(kDockerHubKey) : host.name();
}

DockerConfig DockerConfig::Parse(std::string_view text, const std::string& source, bool legacy) {
  DockerConfig config;
  if (Trim(text).empty()) return config;
  const Json json = ParseJson(text, source);
  const JsonReader root(json, source);
  const auto auths = legacy ? std::optional(root) : root.Find("auths");
  if (auths) {
    auths->ForEachMember([&](const std::string& key, const JsonReader& entry) {
      try {
        if (auto credential = ReadEntry(entry, source)) config.auths_[key] = {*credential};
      } catch (const Error& error) {
        config.auths_[key] = {.fault = error.message()};
      }
    });
  }
  if (legacy) return config;
  if (const auto helpers = root.Find("credHelpers")) {
    helpers->ForEachMember([&](const std::string& host, const JsonReader& name) {
      config.helpers_[HostOfKey(host)] = name.AsString();
    });
  }
  if (const auto store = root.Find("credsStore")) {
    config.store_ = store->AsString();
  }
  config.ReadHeaders(root);
  return config;
}

DockerConfig DockerConfig::ParseFile(std::string_view text, const std::filesystem::path& file,
                                     bool legacy) {
  try {
    return Parse(text, file.string(), legacy);
  } catch (Error& error) {
    error.AddHint(kBrokenFileHint);
    throw;
  }
}

void DockerConfig::ReadHeaders(const JsonReader& root) {
  const auto headers = root.Find("HttpHeaders");
  if (!headers) return;
  headers->ForEachMember([&](const std::string& name, const JsonReader& value) {
    if (HasControl(name) || HasControl(value.AsString()) || name.empty() ||
        name.find_first_of(": ") != std::string::npos) {
      value.Fail("is no HTTP header");
    }
    if (!IsOurs(name)) headers_.emplace_back(name, value.AsString());
  });
}

std::string DockerConfig::HelperFor(const oci::RegistryHost& host) const {
  const auto found = helpers_.find(host.name());
  const std::string& helper = found == helpers_.end() ? store_ : found->second;
  CheckHelperName(helper);
  return helper;
}

std::optional<Credential> DockerConfig::FindExact(const std::string& key) const {
  const auto found = auths_.find(key);
  if (found == auths_.end()) return std::nullopt;
  const Entry& entry = found->second;
  if (!entry.fault.empty()) throw Error(ErrorKind::kInvalidInput, entry.fault);
  return entry.credential;
}

// Old-style keys ("https://r.example/v1/") name the whole host; "r.example/team" does not.
std::optional<Credential> DockerConfig::FindNormalized(const oci::RegistryHost& host) const {
  for (const auto& [key, entry] : auths_) {
    const bool is_url = key.starts_with("https://") || key.starts_with("http://");
    const bool whole_host = is_url || key.find('/') == std::string::npos;
    if (whole_host && HostOfKey(key) == host.name()) return FindExact(key);
  }
  return std::nullopt;
}

ConfigMatch DockerConfig::Find(const oci::RegistryHost& host, const std::string& path) const {
  ConfigMatch match;
  if (const auto helper = helpers_.find(host.name()); helper != helpers_.end()) {
    match.helper = helper->second;
  }
  std::string key = path.empty() ? host.name() : host.name() + "/" + path;
  for (;;) {
    match.credential = FindExact(key);
    const std::size_t slash = key.rfind('/');
    if (match.credential || slash == std::string::npos) break;
    key.resize(slash);
  }
  if (!match.credential) match.credential = FindNormalized(host);
  if (!match.credential && match.helper.empty()) match.helper = store_;
  CheckHelperName(match.helper);
  return match;
}

}  // namespace ibuild::registry
