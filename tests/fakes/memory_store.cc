#include "tests/fakes/memory_store.h"

#include "support/error.h"

namespace ibuild::fakes {

bool MemoryStore::Has(const oci::Digest& digest) {
  const std::lock_guard lock(mutex_);
  return blobs_.contains(digest);
}

std::unique_ptr<ByteSource> MemoryStore::Open(const oci::Descriptor& descriptor) {
  const std::lock_guard lock(mutex_);
  const auto found = blobs_.find(descriptor.digest);
  if (found == blobs_.end()) {
    throw Error(ErrorKind::kNotFound, descriptor.digest.ToString() + " is not in the store");
  }
  return std::make_unique<oci::VerifyingSource>(std::make_unique<StringSource>(found->second),
                                                descriptor);
}

void MemoryStore::Put(const oci::Descriptor& descriptor, ByteSource& content) {
  if (Has(descriptor.digest)) return;
  StringSink sink;
  Copy(content, sink);
  if (oci::Digest::OfText(sink.text()) != descriptor.digest) {
    throw Error(ErrorKind::kCorrupt, "the bytes do not have the digest they should");
  }
  const std::lock_guard lock(mutex_);
  blobs_[descriptor.digest] = sink.text();
}

std::size_t MemoryStore::size() const {
  const std::lock_guard lock(mutex_);
  return blobs_.size();
}

std::string MemoryStore::Bytes(const oci::Digest& digest) const {
  const std::lock_guard lock(mutex_);
  return blobs_.at(digest);
}

void MemoryStore::Remove(const oci::Digest& digest) {
  const std::lock_guard lock(mutex_);
  blobs_.erase(digest);
}

}  // namespace ibuild::fakes
