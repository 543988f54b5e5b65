// A shared cache in a registry: type=registry, and what type=inline left in an image.
//
// The reference names a manifest of its own (artifact type kCacheArtifact). Its config is the
// document of answers, with its bytes in the descriptor ("data", image-spec descriptor.md) while
// they are few, so that one request brings all answers; its layers are the blobs that the answers
// name, so that no garbage collection takes them. An image that was pushed with an inline cache has
// its answers in an annotation, and its own layers. Two writers at once: the later one reads what
// it wrote over, and merges again when the other's words are gone.
#pragma once

#include <string_view>

#include "oci/reference.h"
#include "oci/shared_cache.h"
#include "registry/client/registry_client.h"

namespace ibuild::registry {

inline constexpr std::string_view kCacheArtifact = "application/vnd.ibuild.cache.v1";
inline constexpr std::string_view kInlineCacheAnnotation = "dev.ibuild.cache";

class RegistryCache final : public oci::SharedCache {
 public:
  // `client` must outlive it.
  RegistryCache(RegistryClient& client, oci::Reference reference, std::stop_token stop = {})
      : client_(client), reference_(std::move(reference)), stop_(std::move(stop)) {}

  std::optional<std::string> ReadAnswers(std::stop_token stop) override;
  void WriteAnswers(const Merge& merge) override;
  bool Has(const oci::Descriptor& blob) override;
  std::unique_ptr<ByteSource> Open(const oci::Descriptor& blob) override;
  void Put(const oci::Descriptor& blob,
           const std::function<std::unique_ptr<ByteSource>()>& open) override;

 private:
  RepositoryAccess Access(registry::Access actions, std::stop_token stop) const;
  std::optional<std::string> Read(const RepositoryAccess& access) const;
  void Write(const RepositoryAccess& access, const oci::CacheAnswers& answers) const;

  RegistryClient& client_;
  oci::Reference reference_;
  std::stop_token stop_;
};

}  // namespace ibuild::registry
