// Credential files as Docker (config.json) and containers tools (auth.json) write them:
//
//   {"auths": {"<key>": {"auth": base64("user:password"), "identitytoken": …}},
//    "credHelpers": {"<host>": "<name>"}, "credsStore": "<name>"}
//
// A key is a host, a host with the beginning of a path, or an old-style URL. Lookup order inside a
// file: credHelpers, auths by the longest path, auths by normalised host, credsStore; an `auths`
// entry with data in it beats credsStore, an empty one points to it. An entry that makes no sense
// is an error for whoever looks it up, and for nobody else. Pure.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "oci/reference.h"
#include "registry/auth/credential.h"

namespace ibuild {
class JsonReader;
}

namespace ibuild::registry {

inline constexpr std::string_view kDockerHubKey = "https://index.docker.io/v1/";
// What to do about a file that is none.
inline constexpr const char* kBrokenFileHint = "mend it, or move it away: `login` makes a new one";

// What a file says about a host: a credential, or a helper program to ask, or both in turn.
struct ConfigMatch {
  std::optional<Credential> credential;
  std::string helper;  // "pass" for docker-credential-pass; empty: none
};

class DockerConfig {
 public:
  // `source` names the file in errors and in Credential::source. `legacy`: the format of
  // ~/.dockercfg, whose top level is the map of auths. Throws kInvalidInput; never quotes secrets.
  static DockerConfig Parse(std::string_view text, const std::string& source, bool legacy = false);
  // The same of a file, which can be moved away.
  static DockerConfig ParseFile(std::string_view text, const std::filesystem::path& file,
                                bool legacy = false);

  ConfigMatch Find(const oci::RegistryHost& host, const std::string& path) const;
  // The helper that login and logout use for the host.
  std::string HelperFor(const oci::RegistryHost& host) const;
  // "HttpHeaders": sent to the registry itself. Without those that are not the user's to set.
  const std::vector<std::pair<std::string, std::string>>& headers() const { return headers_; }

 private:
  struct Entry {
    Credential credential = {};
    std::string fault = {};  // why it cannot be used
  };
  std::optional<Credential> FindExact(const std::string& key) const;
  std::optional<Credential> FindNormalized(const oci::RegistryHost& host) const;
  void ReadHeaders(const JsonReader& root);

  std::map<std::string, Entry> auths_;  // entries without data are left out
  std::map<std::string, std::string> helpers_;
  std::string store_;
  std::vector<std::pair<std::string, std::string>> headers_;
};

// "https://index.docker.io/v1/" gives "docker.io", "https://r.example/v1/" gives "r.example".
std::string HostOfKey(std::string_view key);
// The key under which login writes, and by which helpers know the host.
std::string KeyOfHost(const oci::RegistryHost& host);

}  // namespace ibuild::registry
