#include "registry/transfer/pull.h"

#include <fmt/format.h>

#include <set>

#include "oci/image_config.h"
#include "oci/media_type.h"
#include "registry/client/manifests.h"
#include "registry/transfer/fetch_blobs.h"
#include "registry/transfer/image_graph.h"
#include "support/error.h"

namespace ibuild::registry {
namespace {

class Puller {
 public:
  Puller(const PullRequest& request, RegistryClient& client, oci::BlobStore& store,
         Reporter& reporter)
      : request_(request),
        store_(store),
        jobs_(client.settings().jobs),
        access_(OpenSource(request, client, reporter)),
        manifests_(access_) {}

  PulledImage Run() {
    const FetchedManifest root = manifests_.Get(request_.source.Selector());
    PulledImage image{root.descriptor, root.descriptor};
    image.manifest = Keep(root, 0, image);
    return image;
  }

 private:
  static RepositoryAccess OpenSource(const PullRequest& request, RegistryClient& client,
                                     Reporter& reporter) {
    RepositoryAccess access = client.Open(request.source.repository(), Access::kPull);
    access.stop = request.stop;
    access.reporter = &reporter;
    return access;
  }

  // Brings what the document names, then the document itself, so that nothing in the store names
  // what is not there. Returns the chosen platform's manifest.
  oci::Descriptor Keep(const FetchedManifest& fetched, std::size_t depth, PulledImage& image) {
    const std::string what = "manifest " + fetched.descriptor.digest.ToString();
    CheckSizes(fetched.document, what);
    oci::Descriptor chosen = fetched.descriptor;
    if (const auto* index = std::get_if<oci::Index>(&fetched.document)) {
      chosen = KeepChildren(fetched.descriptor, *index, depth, image);
    } else {
      KeepImage(std::get<oci::Manifest>(fetched.document), image);
    }
    StringSource bytes(fetched.bytes);
    store_.Put(fetched.descriptor, bytes);
    return chosen;
  }

  oci::Descriptor KeepChildren(const oci::Descriptor& descriptor, const oci::Index& index,
                               std::size_t depth, PulledImage& image) {
    if (depth >= kMostNesting) {
      throw Error(ErrorKind::kInvalidInput, "indexes are nested too deeply");
    }
    if (request_.platform) {
      return KeepChild(oci::ChoosePlatform(index, *request_.platform, request_.source.Familiar()),
                       depth, image);
    }
    for (const oci::Descriptor& child : index.manifests) KeepChild(child, depth, image);
    return descriptor;
  }

  oci::Descriptor KeepChild(const oci::Descriptor& child, std::size_t depth, PulledImage& image) {
    if (!seen_.insert(child.digest).second) return child;
    const FetchedManifest fetched = FetchManifest(child);
    oci::Descriptor chosen = Keep(fetched, depth + 1, image);
    if (chosen.digest == child.digest) chosen.platform = child.platform;
    return chosen;
  }

  // From the store when it is there: what a digest names does not change.
  FetchedManifest FetchManifest(const oci::Descriptor& descriptor) {
    if (!store_.Has(descriptor.digest)) return manifests_.Get(descriptor.digest.ToString());
    std::string bytes = oci::ReadBlob(store_, descriptor);
    oci::ManifestOrIndex document =
        oci::ParseManifest(bytes, descriptor.media_type, descriptor.digest.ToString());
    return {descriptor, std::move(bytes), std::move(document)};
  }

  void KeepImage(const oci::Manifest& manifest, PulledImage& image) {
    std::vector<oci::Descriptor> blobs = {manifest.config};
    if (request_.layers) blobs = FetchOrder(manifest.config, manifest.layers);
    const FetchSummary summary = FetchBlobs(access_, blobs, store_, jobs_);
    image.fetched += summary.fetched;
    image.existed += summary.existed;
    image.fetched_bytes += summary.bytes;
    CheckConfig(manifest);
  }

  // Layers and diff ids must pair up, or unpacking would mix them.
  void CheckConfig(const oci::Manifest& manifest) {
    if (!oci::IsConfigType(manifest.config.media_type)) return;
    const std::string what = "config " + manifest.config.digest.ToString();
    const oci::ImageConfig config =
        oci::ParseImageConfig(oci::ReadBlob(store_, manifest.config), what);
    if (config.diff_ids.size() == manifest.layers.size()) return;
    throw Error(ErrorKind::kInvalidInput,
                fmt::format("{} names {} layers, its manifest {}", what, config.diff_ids.size(),
                            manifest.layers.size()));
  }

  const PullRequest& request_;
  oci::BlobStore& store_;
  std::size_t jobs_;
  RepositoryAccess access_;
  ManifestClient manifests_;
  std::set<oci::Digest> seen_;
};

}  // namespace

PulledImage Pull(const PullRequest& request, RegistryClient& client, oci::BlobStore& store,
                 Reporter& reporter) {
  return InContext(fmt::format("pulling {}", request.source.Familiar()),
                   [&] { return Puller(request, client, store, reporter).Run(); });
}

}  // namespace ibuild::registry
