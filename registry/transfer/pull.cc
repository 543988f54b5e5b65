#include "registry/transfer/pull.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "oci/image_config.h"
#include "oci/media_type.h"
#include "registry/client/manifests.h"
#include "registry/transfer/fetch_blobs.h"
#include "registry/transfer/image_graph.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::registry {
namespace {

class Puller {
 public:
  Puller(const PullRequest& request, RegistryClient& client, oci::BlobStore& store,
         Reporter& reporter)
      : request_(request), client_(client), store_(store), reporter_(reporter) {}

  PulledImage Run() {
    const FetchedManifest root = request_.known
                                     ? FetchManifest(*request_.known)
                                     : ManifestClient(Remote()).Get(request_.source.Selector());
    PulledImage image{root.descriptor, root.descriptor};
    image.manifest = Keep(root, 0, image);
    return image;
  }

 private:
  // Opened when something is missing: what is here asks nobody.
  const RepositoryAccess& Remote() {
    if (!access_) {
      access_.emplace(client_.Open(request_.source.repository(), Access::kPull));
      access_->stop = request_.stop;
      access_->reporter = &reporter_;
    }
    return *access_;
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
      KeepImage(std::get<oci::Manifest>(fetched.document), depth, image);
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
    CheckChild(child, fetched.descriptor);
    oci::Descriptor chosen = Keep(fetched, depth + 1, image);
    if (chosen.digest == child.digest) chosen.platform = child.platform;
    return chosen;
  }

  // From the store when it is there: what a digest names does not change.
  FetchedManifest FetchManifest(const oci::Descriptor& descriptor) {
    if (!store_.Has(descriptor.digest)) {
      return ManifestClient(Remote()).Get(descriptor.digest.ToString());
    }
    std::string bytes = oci::ReadBlob(store_, descriptor);
    oci::ManifestOrIndex document =
        oci::ParseManifest(bytes, descriptor.media_type, descriptor.digest.ToString());
    return {descriptor, std::move(bytes), std::move(document)};
  }

  // An index that describes its images wrongly is believed by some and not by others.
  static void CheckChild(const oci::Descriptor& said, const oci::Descriptor& found) {
    if (said.size == found.size && said.media_type == found.media_type) return;
    throw Error(ErrorKind::kCorrupt,
                fmt::format("the index describes {} as {} of {} bytes; it is {} of {} bytes",
                            said.digest.ToString(), Quote(said.media_type), said.size,
                            Quote(found.media_type), found.size));
  }

  void KeepImage(const oci::Manifest& manifest, std::size_t depth, PulledImage& image) {
    std::vector<oci::Descriptor> blobs = {manifest.config};
    if (request_.layers) blobs = FetchOrder(manifest.config, manifest.layers);
    const bool all_here = std::all_of(blobs.begin(), blobs.end(),
                                      [this](const auto& blob) { return store_.Has(blob.digest); });
    if (all_here) {
      image.existed += blobs.size();
    } else {
      const FetchSummary summary = FetchBlobs(Remote(), blobs, store_, client_.settings().jobs);
      image.fetched += summary.fetched;
      image.existed += summary.existed;
      image.fetched_bytes += summary.bytes;
    }
    CheckConfig(manifest, depth == 0);
  }

  // Layers and diff ids must pair up, or unpacking would mix them.
  void CheckConfig(const oci::Manifest& manifest, bool alone) {
    if (!oci::IsConfigType(manifest.config.media_type)) return;
    const std::string what = "config " + manifest.config.digest.ToString();
    const oci::ImageConfig config =
        oci::ParseImageConfig(oci::ReadBlob(store_, manifest.config), what);
    if (alone) ComparePlatform(config.platform);
    if (config.diff_ids.size() == manifest.layers.size()) return;
    throw Error(ErrorKind::kInvalidInput,
                fmt::format("{} names {} layers, its manifest {}", what, config.diff_ids.size(),
                            manifest.layers.size()));
  }

  // Without an index nobody has chosen: the image is for what it is for.
  void ComparePlatform(const oci::Platform& actual) {
    if (!request_.compare_platform || !request_.platform || actual.architecture.empty()) return;
    if (oci::MatchRank(*request_.platform, actual)) return;
    reporter_.Log(
        LogLevel::kWarning,
        fmt::format("InvalidBaseImagePlatform: {} was pulled with platform {}, expected "
                    "{}",
                    request_.source.Familiar(), actual.ToString(), request_.platform->ToString()));
  }

  const PullRequest& request_;
  RegistryClient& client_;
  oci::BlobStore& store_;
  Reporter& reporter_;
  std::optional<RepositoryAccess> access_;
  std::set<oci::Digest> seen_;
};

}  // namespace

PulledImage Pull(const PullRequest& request, RegistryClient& client, oci::BlobStore& store,
                 Reporter& reporter) {
  return InContext(fmt::format("pulling {}", request.source.Familiar()),
                   [&] { return Puller(request, client, store, reporter).Run(); });
}

NamedPull PullFirst(const std::vector<oci::Reference>& names, const PullRequest& request,
                    RegistryClient& client, oci::BlobStore& store, Reporter& reporter) {
  std::exception_ptr first;
  for (const oci::Reference& name : names) {
    PullRequest pull = request;
    pull.source = name;
    try {
      return {name, Pull(pull, client, store, reporter)};
    } catch (const Error& error) {
      const bool elsewhere =
          error.kind() == ErrorKind::kNotFound || error.kind() == ErrorKind::kUnauthorized ||
          error.kind() == ErrorKind::kPermissionDenied || error.kind() == ErrorKind::kUnavailable;
      if (!elsewhere) throw;
      if (!first) first = std::current_exception();
    }
  }
  std::rethrow_exception(first);
}

}  // namespace ibuild::registry
