// From the store's form of an image, where a layer of our own has no blob, to the form in which
// images travel: every layer a blob, compressed as asked, media types of one family.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "layers/archive/annotation.h"
#include "layers/compress/codec.h"
#include "layers/store/store.h"
#include "oci/descriptor.h"
#include "oci/layer_id.h"
#include "oci/media_type.h"
#include "support/report.h"

namespace ibuild::layers {

// Somebody who wants the bytes of a compressed layer while they are made.
class LayerFollower {
 public:
  virtual ~LayerFollower() = default;
  virtual void Write(std::span<const std::byte> bytes) = 0;
  virtual void Finish(const oci::Descriptor& blob) = 0;  // it is in the store now
};

struct LayerInTheMaking {
  std::uint64_t plain_size;
  std::string recipe;  // of the same recipe come the same bytes
};

// The follower of a layer that is going to be compressed; null: nobody. Called from any thread.
using FollowLayer = std::function<std::unique_ptr<LayerFollower>(const LayerInTheMaking&)>;

struct ExportOptions {
  CompressionChoice compression = {};
  bool force_compression = false;  // also recompress layers that came compressed from a registry
  bool compress_others = false;    // also plain layers of images that came so from elsewhere
  // Nothing: the family that the image has (OCI for what was built here).
  std::optional<oci::TypeFamily> types = {};
  std::vector<Annotation> annotations = {};  // added to those that are there
  FollowLayer follow = {};
};

// The same image with every plain layer of our own replaced by its compressed blob
// (plain_layers.h). Layers that came from elsewhere keep their exact bytes (unless told), and an
// image in which nothing changes keeps its manifest. What was compressed once is remembered, so the
// second call is a lookup. The config is untouched, hence the image id stays. `image` may be an
// index: then so is the result.
//
// With Compression::kNone plain layers stay plain (readable through Store::blobs). Throws
// kUnsupported for zstd layers in an image of Docker's types, kNotFound when an index names an
// image that is not in the store, kUsage for annotations of an index on what is none.
oci::Descriptor MakeExportable(Store& store, const oci::Descriptor& image,
                               const ExportOptions& options, Reporter& reporter);

// Whether MakeExportable will have something to compress: work that is better not begun before it
// is known that the result is wanted.
bool WouldCompress(Store& store, const oci::Descriptor& image, const ExportOptions& options);

// One layer that has this DiffId as a blob, compressed now unless that was done before: its digest
// and size. What several processes and threads want at a time is made once.
oci::Descriptor CompressedForm(Store& store, const oci::Descriptor& layer,
                               const oci::DiffId& diff_id, const CompressionChoice& choice,
                               Reporter& reporter, const FollowLayer& follow = {});

}  // namespace ibuild::layers
