// Small images in a store, as a build would leave them: layers plain, as directories.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "layers/tar/writer.h"
#include "oci/image_config.h"
#include "oci/manifest.h"
#include "tests/layers/store_fixture.h"

namespace ibuild::layers {

using Files = std::vector<std::pair<std::string, std::string>>;

struct TestImage {
  oci::Descriptor descriptor;
  oci::Manifest manifest;
  oci::ImageConfig config;
};

class ImageTest : public StoreTest {
 protected:
  static oci::Reference Ref(std::string_view text) { return oci::Reference::Parse(text); }

  static oci::Descriptor PutText(oci::BlobStore& blobs, std::string_view type,
                                 const std::string& text) {
    oci::Descriptor descriptor = oci::DescriptorOf(std::string(type), text);
    StringSource source(text);
    blobs.Put(descriptor, source);
    return descriptor;
  }

  // Writes config and manifest for these layers (tar ids and blobs, pairwise).
  static TestImage PutImage(oci::BlobStore& blobs, std::vector<oci::DiffId> diff_ids,
                            std::vector<oci::Descriptor> layers) {
    oci::ImageConfig config;
    config.created = "2026-11-23T04:42:03Z";
    config.platform.architecture = "amd64";
    config.diff_ids = std::move(diff_ids);
    oci::Manifest manifest{.media_type = std::string(oci::kOciManifest),
                           .artifact_type = {},
                           .config = PutText(blobs, oci::kOciConfig, Serialize(config)),
                           .layers = std::move(layers),
                           .subject = {},
                           .annotations = {}};
    oci::Descriptor descriptor = PutText(blobs, oci::kOciManifest, Serialize(manifest));
    return {std::move(descriptor), std::move(manifest), std::move(config)};
  }

  // One layer directory for each list of files.
  static TestImage BuildImage(Store& store, const std::vector<Files>& layers) {
    std::vector<oci::DiffId> diff_ids;
    std::vector<oci::Descriptor> descriptors;
    for (const Files& files : layers) {
      const PackedLayer packed = CommitFiles(store, files);
      diff_ids.push_back(packed.diff_id);
      descriptors.push_back({.media_type = std::string(oci::kOciLayer),
                             .digest = packed.diff_id.digest,
                             .size = packed.size});
    }
    return PutImage(store.blobs(), std::move(diff_ids), std::move(descriptors));
  }

  static oci::Manifest ReadManifest(Store& store, const oci::Descriptor& image) {
    return std::get<oci::Manifest>(
        oci::ParseManifest(Get(store, image), image.media_type, "test image"));
  }

  // Every blob of an image, as a pull would bring it.
  static void CopyImage(Store& from, Store& to, const oci::Descriptor& image) {
    const oci::Manifest manifest = ReadManifest(from, image);
    std::vector<oci::Descriptor> blobs = manifest.layers;
    blobs.push_back(manifest.config);
    blobs.push_back(image);
    for (const oci::Descriptor& blob : blobs) to.blobs().Put(blob, *from.blobs().Open(blob));
  }

  // A tar with these members, in this order; a name that ends in "/" is a directory.
  static std::string MakeTar(const Files& files) {
    StringSink sink;
    TarWriter tar(sink);
    for (const auto& [name, text] : files) {
      TarEntry entry;
      entry.name = name;
      entry.meta.mode = 0755;
      entry.meta.uid = ::geteuid();  // so that anybody can unpack it
      entry.meta.gid = ::getegid();
      if (name.ends_with('/')) {
        entry.name.pop_back();
        entry.meta.type = FileType::kDirectory;
        tar.Add(entry);
      } else {
        entry.meta.size = text.size();
        StringSource content(text);
        tar.Add(entry, content);
      }
    }
    tar.Finish();
    return sink.text();
  }
};

}  // namespace ibuild::layers
