#include "registry/auth/auth_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include "registry/auth/docker_config.h"
#include "support/base64.h"
#include "support/error.h"
#include "support/files.h"
#include "support/json.h"
#include "support/text.h"

namespace ibuild::registry {
namespace {

namespace fs = std::filesystem;

// Dot files are often links into a repository of dot files.
fs::path FollowLinks(const fs::path& path) {
  std::error_code failed;
  const fs::path target = fs::canonical(path, failed);
  return failed ? path : target;
}

// The lock is on the directory: a lock file would be left behind beside the user's own files.
UniqueFd LockDirectory(const fs::path& directory) {
  UniqueFd fd = OpenFile(directory, O_RDONLY | O_DIRECTORY);
  int result = 0;
  do {
    result = flock(fd.get(), LOCK_EX);
  } while (result != 0 && errno == EINTR);
  if (result != 0) ThrowErrno(fmt::format("locking {}", directory.string()));
  return fd;
}

OrderedJson ParseAuthText(std::string_view text) {
  if (Trim(text).empty()) return OrderedJson::object();
  OrderedJson json = ParseOrderedJson(text, "credential file");
  if (!json.is_object()) {
    throw Error(ErrorKind::kInvalidInput, "credential file: expected an object");
  }
  return json;
}

// An error about the text names the file, and says what to do.
template <typename Edit>
auto EditText(const fs::path& file, const Edit& edit) {
  try {
    return InContext(file.string(), edit);
  } catch (Error& error) {
    error.AddHint(kBrokenFileHint);
    throw;
  }
}

bool NamesPlace(const std::string& key, const oci::RegistryHost& host, const std::string& path) {
  if (!path.empty()) return key == host.name() + "/" + path;
  const bool is_url = key.find("://") != std::string::npos;
  const bool whole_host = is_url || key.find('/') == std::string::npos;
  return whole_host && HostOfKey(key) == host.name();
}

}  // namespace

std::string SetAuthEntry(std::string_view text, const oci::RegistryHost& host,
                         const AuthEntry& entry, bool& replaced, const std::string& path) {
  OrderedJson json = ParseAuthText(text);
  OrderedJson& auths = json["auths"];
  if (!auths.is_object()) auths = OrderedJson::object();
  const std::string key = path.empty() ? KeyOfHost(host) : host.name() + "/" + path;
  replaced = auths.contains(key);
  auths[key] = OrderedJson::object();
  if (!entry.auth.empty()) auths[key]["auth"] = entry.auth;
  if (!entry.identity_token.empty()) auths[key]["identitytoken"] = entry.identity_token;
  return DumpJson(json, JsonStyle::kIndented) + "\n";
}

std::string RemoveAuthEntries(std::string_view text, const oci::RegistryHost& host, bool& removed,
                              const std::string& path) {
  removed = false;
  OrderedJson json = ParseAuthText(text);
  if (!json.contains("auths") || !json["auths"].is_object()) return std::string(text);
  OrderedJson kept = OrderedJson::object();
  for (const auto& [key, entry] : json["auths"].items()) {
    if (NamesPlace(key, host, path)) {
      removed = true;
    } else {
      kept[key] = entry;
    }
  }
  json["auths"] = kept;
  return DumpJson(json, JsonStyle::kIndented) + "\n";
}

AuthFile AuthFile::Open(const fs::path& path) {
  const fs::path target = FollowLinks(path);
  const fs::path directory = target.has_parent_path() ? target.parent_path() : fs::path(".");
  MakeDirectories(directory, 0700);
  UniqueFd lock = LockDirectory(directory);
  return {target, std::move(lock), ReadFileIfExists(target, 4u << 20).value_or("")};
}

std::string AuthFile::HelperFor(const oci::RegistryHost& host) const {
  return DockerConfig::ParseFile(text_, path_).HelperFor(host);
}

bool AuthFile::Set(const oci::RegistryHost& host, const std::string& path,
                   const Credential& credential, bool has_helper) {
  bool replaced = false;
  AuthEntry entry;
  if (!has_helper) {
    // A refresh token stands for the password, which then need not be kept.
    entry.identity_token = credential.identity_token.Reveal();
    const bool token = !entry.identity_token.empty();
    entry.auth =
        EncodeBase64(credential.username + ":" + (token ? "" : credential.password.Reveal()));
  }
  text_ = EditText(path_, [&] { return SetAuthEntry(text_, host, entry, replaced, path); });
  WriteFileAtomically(path_, text_, 0600, Durability::kDurable);
  return replaced;
}

bool AuthFile::RemoveAll() {
  OrderedJson json = EditText(path_, [&] { return ParseAuthText(text_); });
  const bool any = json.contains("auths") && !json["auths"].empty();
  if (!any) return false;
  json["auths"] = OrderedJson::object();
  text_ = DumpJson(json, JsonStyle::kIndented) + "\n";
  WriteFileAtomically(path_, text_, 0600, Durability::kDurable);
  return true;
}

bool AuthFile::Remove(const oci::RegistryHost& host, const std::string& path) {
  bool removed = false;
  text_ = EditText(path_, [&] { return RemoveAuthEntries(text_, host, removed, path); });
  if (removed) WriteFileAtomically(path_, text_, 0600, Durability::kDurable);
  return removed;
}

}  // namespace ibuild::registry
