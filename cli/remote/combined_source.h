// CombinedSource: one image made of parts that are in several places, and of documents that were
// just written: what an edited image or a new index is pushed from, without a copy of its layers.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "oci/blob_store.h"

namespace ibuild::cli {

class CombinedSource final : public oci::BlobSource {
 public:
  // What the image consists of is had from `source`, which must outlive us.
  void AddImage(oci::BlobSource& source, const oci::Descriptor& root);
  void AddBlob(oci::BlobSource& source, const oci::Descriptor& blob);
  // A document of our own.
  oci::Descriptor AddText(std::string_view media_type, std::string text);

  bool Has(const oci::Digest& digest) override;
  std::unique_ptr<ByteSource> Open(const oci::Descriptor& descriptor) override;

 private:
  std::map<oci::Digest, std::string> texts_;
  std::map<oci::Digest, oci::BlobSource*> places_;
};

}  // namespace ibuild::cli
