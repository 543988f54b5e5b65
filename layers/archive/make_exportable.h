// From the store's form of an image, where a layer of our own has no blob, to the form in which
// images travel: every layer a blob, compressed as asked, media types of one family.
#pragma once

#include <optional>
#include <vector>

#include "layers/archive/annotation.h"
#include "layers/compress/codec.h"
#include "layers/store/store.h"
#include "oci/descriptor.h"
#include "oci/media_type.h"
#include "support/report.h"

namespace ibuild::layers {

struct ExportOptions {
  CompressionChoice compression = {};
  bool force_compression = false;  // also recompress layers that came compressed from a registry
  // Nothing: the family that the image has (OCI for what was built here).
  std::optional<oci::TypeFamily> types = {};
  std::vector<Annotation> annotations = {};  // added to those that are there
};

// The same image with every plain layer replaced by its compressed blob. Layers that came
// compressed keep their exact bytes (unless forced), and an image in which nothing changes keeps
// its manifest. What was compressed once is remembered, so the second call is a lookup. The
// config is untouched, hence the image id stays. `image` may be an index: then so is the result.
//
// With Compression::kNone plain layers stay plain (readable through Store::blobs). Throws
// kUnsupported for zstd layers in an image of Docker's types, kNotFound when an index names an
// image that is not in the store, kUsage for annotations of an index on what is none.
oci::Descriptor MakeExportable(Store& store, const oci::Descriptor& image,
                               const ExportOptions& options, Reporter& reporter);

}  // namespace ibuild::layers
