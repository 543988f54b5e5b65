#include "layers/store/reachable.h"

#include <utility>

#include "oci/image_config.h"
#include "oci/manifest.h"
#include "oci/media_type.h"
#include "support/error.h"

namespace ibuild::layers {
namespace {

class Search {
 public:
  explicit Search(const ReadDocument& read) : read_(read) {}

  // A list of our own instead of recursion: documents decide how deep they are nested. Each digest
  // is followed once, so cycles end.
  Reachability From(std::vector<oci::Descriptor> pending) && {
    pending_ = std::move(pending);
    while (!pending_.empty()) {
      const oci::Descriptor next = std::move(pending_.back());
      pending_.pop_back();
      if (found_.blobs.insert(next.digest).second) Follow(next);
    }
    return std::move(found_);
  }

 private:
  void Follow(const oci::Descriptor& document) {
    const bool is_config = oci::IsConfigType(document.media_type);
    if (!is_config && !oci::IsManifestType(document.media_type) &&
        !oci::IsIndexType(document.media_type)) {
      return;
    }
    const auto text = read_(document);
    if (!text) return;
    try {
      is_config ? FollowConfig(*text) : FollowManifest(document, *text);
    } catch (const Error&) {  // not what its type says: nothing can be reached through it
    }
  }

  void FollowManifest(const oci::Descriptor& descriptor, const std::string& text) {
    const auto document =
        oci::ParseManifest(text, descriptor.media_type, descriptor.digest.ToString());
    if (const auto* index = std::get_if<oci::Index>(&document)) {
      pending_.insert(pending_.end(), index->manifests.begin(), index->manifests.end());
      for (const oci::Descriptor& child : index->manifests) found_.optional.insert(child.digest);
      return;
    }
    const auto& manifest = std::get<oci::Manifest>(document);
    pending_.push_back(manifest.config);
    pending_.insert(pending_.end(), manifest.layers.begin(), manifest.layers.end());
    for (const oci::Descriptor& layer : manifest.layers) {
      if (oci::IsForeignLayerType(layer.media_type)) found_.optional.insert(layer.digest);
    }
  }

  void FollowConfig(const std::string& text) {
    const oci::ImageConfig config = oci::ParseImageConfig(text, "image configuration");
    found_.layers.insert(config.diff_ids.begin(), config.diff_ids.end());
    const auto chains = oci::ComputeChainIds(config.diff_ids);
    found_.chains.insert(chains.begin(), chains.end());
  }

  const ReadDocument& read_;
  std::vector<oci::Descriptor> pending_;
  Reachability found_;
};

}  // namespace

Reachability Reachable(const std::vector<oci::Descriptor>& roots, const ReadDocument& read) {
  return Search(read).From(roots);
}

}  // namespace ibuild::layers
