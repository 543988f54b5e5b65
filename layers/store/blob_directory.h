// BlobDirectory: the store's blobs, and the plain tars that are here only as layer directories.
//
// Blobs are files named by their digest. A plain layer of our own making needs no file: its tar is
// made from the layer directory while it is read. A blob file whose bytes turn out not to be what
// its name says is set aside when that is noticed, so that it can be fetched again. Any thread.
#pragma once

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "layers/store/layer_store.h"
#include "layers/store/store_session.h"
#include "oci/blob_store.h"
#include "oci/partial_blob.h"

namespace ibuild::layers {

class BlobDirectory final : public oci::BlobStore, public oci::PartialStore {
 public:
  BlobDirectory(SharedSession session, LayerStore layers)
      : session_(std::move(session)), layers_(std::move(layers)) {}

  // What is found is pinned for this process.
  bool Has(const oci::Digest& digest) override;
  std::unique_ptr<ByteSource> Open(const oci::Descriptor& descriptor) override;
  void Put(const oci::Descriptor& descriptor, ByteSource& content) override;
  std::unique_ptr<oci::PartialBlob> Continue(const oci::Descriptor& descriptor,
                                             const std::stop_token& stop) override;

  // Asked by Open for what is not here, the latest first; null when it is not there either. Before
  // there are threads.
  using Elsewhere = std::function<std::unique_ptr<ByteSource>(const oci::Descriptor&)>;
  void AddElsewhere(Elsewhere elsewhere) {
    elsewhere_.insert(elsewhere_.begin(), std::move(elsewhere));
  }

 private:
  bool HasFile(const oci::Digest& digest);

  SharedSession session_;
  LayerStore layers_;
  std::vector<Elsewhere> elsewhere_;
};

}  // namespace ibuild::layers
