#include "oci/blob_store.h"

#include <fmt/format.h>

#include <utility>

#include "support/error.h"

namespace ibuild::oci {
namespace {

Error Corrupt(const Digest& digest, const std::string& problem) {
  return Error(ErrorKind::kCorrupt, fmt::format("blob {}: {}", digest.ToString(), problem));
}

}  // namespace

VerifyingSource::VerifyingSource(std::unique_ptr<ByteSource> content, const Descriptor& descriptor)
    : content_(std::move(content)), digest_(descriptor.digest), size_(descriptor.size) {}

std::size_t VerifyingSource::Read(std::span<std::byte> buffer) {
  const std::size_t count = content_->Read(buffer);
  if (count == 0 && digester_.size() < size_) {
    throw Corrupt(digest_, fmt::format("ends after {} of {} bytes", digester_.size(), size_));
  }
  if (count > size_ - digester_.size()) {
    throw Corrupt(digest_, fmt::format("is longer than its {} bytes", size_));
  }
  digester_.Update(buffer.first(count));
  // Before the last bytes are handed out, so that even a reader that knows the size and stops
  // there has only ever seen all of a good blob.
  if (digester_.size() == size_ && !verified_) {
    const Digest found = digester_.Finish();
    if (found != digest_) throw Corrupt(digest_, "its content has the digest " + found.ToString());
    verified_ = true;
  }
  return count;
}

std::string ReadBlob(BlobSource& source, const Descriptor& descriptor, std::size_t limit) {
  if (descriptor.size > limit) {
    throw Error(ErrorKind::kResourceExhausted,
                fmt::format("blob {} has {} bytes, more than the limit of {}",
                            descriptor.digest.ToString(), descriptor.size, limit));
  }
  return ReadToString(*source.Open(descriptor), limit);
}

Descriptor PutBlob(BlobSink& sink, std::string_view media_type, const std::string& text) {
  Descriptor descriptor = DescriptorOf(std::string(media_type), text);
  StringSource content(text);
  sink.Put(descriptor, content);
  return descriptor;
}

}  // namespace ibuild::oci
