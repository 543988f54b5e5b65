#include "registry/transfer/remote_resolver.h"

#include <fmt/format.h>

#include "oci/media_type.h"
#include "registry/transfer/fetch_blobs.h"
#include "registry/transfer/image_graph.h"
#include "registry/transfer/pull.h"
#include "support/error.h"

namespace ibuild::registry {

RemoteImageResolver::RemoteImageResolver(RegistryClient& client, oci::BlobStore& store,
                                         ImageNames names, Reporter& reporter)
    : client_(client), store_(store), names_(std::move(names)), reporter_(reporter) {}

oci::ResolvedImage RemoteImageResolver::Resolve(const oci::Reference& reference,
                                                const oci::Platform& platform,
                                                oci::PullPolicy policy) {
  // What a digest names cannot change, so even kAlways need not ask again.
  const bool look_here = policy != oci::PullPolicy::kAlways || reference.digest().has_value();
  if (look_here) {
    if (auto image = FindLocally(reference, platform)) return std::move(*image);
  }
  if (policy == oci::PullPolicy::kNever) {
    throw Error(ErrorKind::kNotFound, fmt::format("{} is not in the store", reference.Familiar()));
  }
  PullRequest request{reference, platform};
  request.layers = false;
  request.compare_platform = false;  // the build's own check says it, with the line
  const PulledImage pulled = Pull(request, client_, store_, reporter_);
  {
    const std::lock_guard lock(mutex_);
    unnamed_.insert_or_assign(reference, pulled.root);
  }
  return Read(reference, pulled.manifest);
}

std::optional<oci::Descriptor> RemoteImageResolver::FindRoot(const oci::Reference& reference) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = unnamed_.find(reference); found != unnamed_.end()) return found->second;
  }
  return names_.find(reference);
}

// Nothing when any part but the layers is missing.
std::optional<oci::ResolvedImage> RemoteImageResolver::FindLocally(const oci::Reference& reference,
                                                                   const oci::Platform& platform) {
  const auto root = FindRoot(reference);
  if (!root || !store_.Has(root->digest)) return std::nullopt;
  oci::Descriptor here = *root;
  for (std::size_t depth = 0; oci::IsIndexType(here.media_type); ++depth) {
    if (depth >= kMostNesting) return std::nullopt;
    const std::string what = reference.Familiar();
    const oci::ManifestOrIndex document =
        oci::ParseManifest(oci::ReadBlob(store_, here), here.media_type, what);
    here = oci::ChoosePlatform(std::get<oci::Index>(document), platform, what);
    if (!store_.Has(here.digest)) return std::nullopt;
  }
  if (!store_.Has(ReadManifest(reference, here).config.digest)) return std::nullopt;
  return Read(reference, here);
}

oci::Manifest RemoteImageResolver::ReadManifest(const oci::Reference& reference,
                                                const oci::Descriptor& manifest) {
  const std::string what = reference.Familiar();
  oci::ManifestOrIndex document =
      oci::ParseManifest(oci::ReadBlob(store_, manifest), manifest.media_type, what);
  auto* image = std::get_if<oci::Manifest>(&document);
  if (image == nullptr || !oci::IsConfigType(image->config.media_type)) {
    throw Error(ErrorKind::kInvalidInput, fmt::format("{} is not a container image", what));
  }
  return std::move(*image);
}

oci::ResolvedImage RemoteImageResolver::Read(const oci::Reference& reference,
                                             const oci::Descriptor& manifest) {
  oci::Manifest image = ReadManifest(reference, manifest);
  std::string config_text = oci::ReadBlob(store_, image.config);
  oci::ImageConfig config = oci::ParseImageConfig(config_text, "config of " + reference.Familiar());
  return {manifest, std::move(image), std::move(config), std::move(config_text)};
}

void RemoteImageResolver::FetchLayers(const oci::Reference& reference,
                                      const oci::ResolvedImage& image, std::stop_token stop) {
  std::vector<oci::Descriptor> missing;
  for (const oci::Descriptor& layer : image.content.layers) {
    const bool there = store_.Has(layer.digest) ||
                       (names_.is_elsewhere && names_.is_elsewhere(reference, layer.digest));
    if (!there) missing.push_back(layer);
  }
  if (!missing.empty()) {
    InContext(fmt::format("pulling {}", reference.Familiar()), [&] {
      RepositoryAccess access = client_.Open(reference.repository(), Access::kPull);
      access.reporter = &reporter_;
      access.stop = std::move(stop);
      FetchBlobs(access, missing, store_, client_.settings().jobs);
    });
  }
  Name(reference);
}

// A name leads to what is whole: hence not before the layers are here.
void RemoteImageResolver::Name(const oci::Reference& reference) {
  std::optional<oci::Descriptor> root;
  {
    const std::lock_guard lock(mutex_);
    const auto found = unnamed_.find(reference);
    if (found == unnamed_.end()) return;
    root = std::move(found->second);
    unnamed_.erase(found);
  }
  names_.record(reference, *root);
}

}  // namespace ibuild::registry
