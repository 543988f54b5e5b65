// What a synchronisation is to copy: read from the file that skopeo-sync(1) describes. Pure.
//
//   registry.example:
//     images: { team/app: ["1.0", "sha256:…"], team/all: [] }     [] is every tag
//     images-by-tag-regex: { team/app: ^1[.] }
//     images-by-semver: { team/app: ">= 1.2" }
//     tls-verify: false
//     credentials: { username: u, password: p }
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "oci/reference.h"
#include "registry/auth/credential.h"

namespace ibuild::cli {

// Tags of one repository.
struct TagChoice {
  oci::Repository repository;
  std::vector<std::string> exact = {};  // tags and digests
  std::optional<std::string> regex = {};
  std::optional<std::string> versions = {};
  bool all = false;

  bool NeedsList() const { return all || regex || versions; }
  bool IsWanted(const std::string& tag) const;  // of those that the repository has
};

struct SyncSource {
  oci::RegistryHost host;
  std::vector<TagChoice> repositories = {};
  std::optional<bool> verify_tls = {};
  std::optional<std::string> certificates = {};
  std::optional<registry::Credential> credential = {};
};

// Throws kInvalidInput, "FILE:LINE: …".
std::vector<SyncSource> ReadSyncFile(std::string_view text, const std::string& file);

}  // namespace ibuild::cli
