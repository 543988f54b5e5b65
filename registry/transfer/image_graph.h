// ImageGraph: everything that an image consists of, read from where it is, children first.
//
// Hostile documents are bounded: indexes nest four deep at most, hold a thousand images at most,
// and a document is visited once.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "oci/blob_store.h"
#include "oci/manifest.h"

namespace ibuild::registry {

inline constexpr std::size_t kMostNesting = 4;
inline constexpr std::size_t kMostChildren = 1000;  // of an index, and layers of an image

struct GraphDocument {
  oci::Descriptor descriptor;
  std::string bytes;
};

struct ImageGraph {
  std::vector<oci::Descriptor> blobs;    // configs and layers, each once, in order of appearance
  std::vector<GraphDocument> documents;  // manifests before the indexes that name them, root last

  const GraphDocument& root() const { return documents.back(); }
};

// Of an index that is here only in part, what oci::ChoosePresent says. Blobs need not be there.
ImageGraph ReadImageGraph(oci::BlobSource& source, const oci::Descriptor& root);

// Throws kInvalidInput for more layers or children than anyone has.
void CheckSizes(const oci::ManifestOrIndex& document, std::string_view what);

}  // namespace ibuild::registry
