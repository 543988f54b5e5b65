// From the results of steps to an image: configuration, manifest and, for several platforms, an
// index (image-spec config.md, manifest.md, image-index.md; times as BuildKit gives them).
//
// New layers are described as plain tars under their DiffId; the layers of the base keep its own
// descriptors, so that a push reuses its exact bytes. Base history is never changed.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "builder/graph/build_graph.h"
#include "oci/blob_store.h"
#include "oci/image_resolver.h"
#include "oci/manifest.h"
#include "support/clock.h"

namespace ibuild::builder {

// The layer that a vertex made.
struct StepLayer {
  oci::DiffId diff_id;
  std::uint64_t size = 0;  // of the plain tar
  UnixTime created;        // when it was made, also if that was in an earlier build
};

struct AssemblyInput {
  const oci::ResolvedImage* base = nullptr;  // of PlannedImage::base; null: scratch
  std::function<StepLayer(VertexId)> layer_of;
  std::optional<std::int64_t> source_date_epoch;
  UnixTime now;  // of an image without any time of its own
};

struct AssembledImage {
  oci::ImageConfig config;
  oci::Manifest manifest;
  std::string config_text;
  std::string manifest_text;
  oci::Descriptor config_descriptor;
  oci::Descriptor descriptor;  // of the manifest, with its platform
};

// Pure.
AssembledImage AssembleImage(const PlannedImage& image, const AssemblyInput& input);

// Puts configuration and manifest where blobs go; returns the manifest's descriptor.
oci::Descriptor StoreImage(const AssembledImage& image, oci::BlobSink& blobs);

// An index over manifests in the given order, stored; returns its descriptor.
oci::Descriptor StoreIndex(const std::vector<oci::Descriptor>& manifests, oci::BlobSink& blobs);

}  // namespace ibuild::builder
