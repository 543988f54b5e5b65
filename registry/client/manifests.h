// Manifests and indexes of one repository (distribution-spec end-3, end-7, end-9).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "oci/manifest.h"
#include "registry/client/repository_access.h"

namespace ibuild::registry {

struct FetchedManifest {
  oci::Descriptor descriptor;  // of the bytes as they came
  std::string bytes;
  oci::ManifestOrIndex document;
};

enum class Presence {
  kPresent,
  kMissing,
  kUnknown,  // the registry would not say (401, 403): only trying tells
};

struct ManifestHead {
  Presence presence = Presence::kMissing;
  std::optional<oci::Digest> digest;  // when present and named by the registry
};

class ManifestClient {
 public:
  explicit ManifestClient(RepositoryAccess access) : access_(std::move(access)) {}

  // `selector` is a tag or a digest.
  ManifestHead Head(const std::string& selector) const;
  // By digest: the bytes are that digest's, or kCorrupt. Throws kNotFound.
  FetchedManifest Get(const std::string& selector) const;
  // Throws kCorrupt when the registry claims to have stored something else.
  void Put(const std::string& selector, const oci::Descriptor& descriptor,
           const std::string& bytes) const;
  // False when it was not there.
  bool Delete(const oci::Digest& digest) const;
  // The tag alone, as current registries can; kUnsupported where only digests can be deleted.
  bool DeleteTag(const std::string& tag) const;

 private:
  ManifestClient PastMirrors() const;
  std::string Describe(const std::string& selector) const;
  void CompareDigestHeader(const HttpResponse& response, const oci::Digest& actual) const;

  RepositoryAccess access_;
};

// One Accept value with all current types: registries convert or refuse when one is missing.
std::string_view ManifestAccept();

}  // namespace ibuild::registry
