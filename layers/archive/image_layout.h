// What an OCI image layout of some images consists of, before it is written anywhere.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "layers/archive/image_archive.h"
#include "oci/blob_store.h"
#include "oci/descriptor.h"
#include "oci/manifest.h"

namespace ibuild::layers {

struct ImageLayout {
  std::vector<oci::Descriptor> blobs;    // each once, by digest
  std::vector<oci::Descriptor> entries;  // of index.json
  std::string docker_manifest;           // text of manifest.json, empty: none
};

inline constexpr std::string_view kOciLayoutText = "{\"imageLayoutVersion\":\"1.0.0\"}";
inline constexpr std::string_view kContainerdNameKey = "io.containerd.image.name";
inline constexpr std::string_view kRefNameKey = "org.opencontainers.image.ref.name";

// Reads manifests and configs; throws kNotFound when a blob that the layout needs is missing.
ImageLayout PlanLayout(oci::BlobSource& blobs, ArchiveKind kind,
                       const std::vector<ArchivedImage>& images);

// The text of index.json.
std::string IndexText(std::vector<oci::Descriptor> entries);

}  // namespace ibuild::layers
