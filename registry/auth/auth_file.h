// Editing a credential file in place: locked, whole or not at all, mode 0600, and with every key
// that we do not know kept where it was. A symbolic link is followed once and its target replaced,
// because that is how people keep dot files.
#pragma once

#include <filesystem>
#include <string>

#include "oci/reference.h"
#include "registry/auth/credential.h"
#include "support/fd.h"

namespace ibuild::registry {

class AuthFile {
 public:
  // Waits for others who edit; a missing file is an empty one.
  static AuthFile Open(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  // The helper program configured for the host; empty: secrets are kept in the file.
  std::string HelperFor(const oci::RegistryHost& host) const;
  // `path`: of a namespace on the host, or empty. True when an entry was replaced. With a helper
  // the entry is empty.
  bool Set(const oci::RegistryHost& host, const std::string& path, const Credential& credential,
           bool has_helper);
  // The entry and, of a whole host, its aliases; false when there was none.
  bool Remove(const oci::RegistryHost& host, const std::string& path);
  bool RemoveAll();

 private:
  AuthFile(std::filesystem::path path, UniqueFd lock, std::string text)
      : path_(std::move(path)), lock_(std::move(lock)), text_(std::move(text)) {}

  std::filesystem::path path_;
  UniqueFd lock_;
  std::string text_;
};

// What an entry says; empty members are left out.
struct AuthEntry {
  std::string auth;  // base64 of "user:password"
  std::string identity_token = {};
};

// The edits themselves; pure. `text` may be empty. `changed` says whether there was an entry.
std::string SetAuthEntry(std::string_view text, const oci::RegistryHost& host,
                         const AuthEntry& entry, bool& replaced, const std::string& path = {});
std::string RemoveAuthEntries(std::string_view text, const oci::RegistryHost& host, bool& removed,
                              const std::string& path = {});

}  // namespace ibuild::registry
