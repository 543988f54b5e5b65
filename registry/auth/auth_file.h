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
  // True when an entry was replaced. With a helper the entry is empty.
  bool Set(const oci::RegistryHost& host, const Credential& credential, bool has_helper);
  // The entry and its aliases; false when there was none.
  bool Remove(const oci::RegistryHost& host);

 private:
  AuthFile(std::filesystem::path path, UniqueFd lock, std::string text)
      : path_(std::move(path)), lock_(std::move(lock)), text_(std::move(text)) {}

  std::filesystem::path path_;
  UniqueFd lock_;
  std::string text_;
};

// The edits themselves; pure. `text` may be empty. `changed` says whether there was an entry.
std::string SetAuthEntry(std::string_view text, const oci::RegistryHost& host,
                         const std::string& auth, bool& replaced);
std::string RemoveAuthEntries(std::string_view text, const oci::RegistryHost& host, bool& removed);

}  // namespace ibuild::registry
