// A blob store in memory that keeps the contract of oci::BlobStore: whole and verified, or nothing.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "oci/blob_store.h"

namespace ibuild::fakes {

class MemoryStore final : public oci::BlobStore {
 public:
  MemoryStore() = default;
  explicit MemoryStore(std::map<oci::Digest, std::string> blobs) : blobs_(std::move(blobs)) {}

  bool Has(const oci::Digest& digest) override;
  std::unique_ptr<ByteSource> Open(const oci::Descriptor& descriptor) override;
  void Put(const oci::Descriptor& descriptor, ByteSource& content) override;

  std::size_t size() const;
  std::string Bytes(const oci::Digest& digest) const;
  void Remove(const oci::Digest& digest);

 private:
  mutable std::mutex mutex_;
  std::map<oci::Digest, std::string> blobs_;
};

}  // namespace ibuild::fakes
