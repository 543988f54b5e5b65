// Download: the bytes of a blob, in one go however often the connection breaks (RFC 9110 14, range
// requests). Not verified: see BlobClient::Open.
#pragma once

#include <cstdint>
#include <exception>
#include <optional>
#include <string_view>
#include <vector>

#include "oci/descriptor.h"
#include "registry/client/repository_access.h"
#include "registry/http/retry.h"
#include "support/byte_stream.h"

namespace ibuild::registry {

// "bytes 100-199/200" or "bytes 100-199/*"; pure.
struct ContentRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::optional<std::uint64_t> total;

  static std::optional<ContentRange> Parse(std::string_view text);
};

class Download final : public ByteSource {
 public:
  // Gives what comes after the first `offset` bytes.
  Download(RepositoryAccess access, oci::Descriptor descriptor, std::uint64_t offset = 0);
  std::size_t Read(std::span<std::byte> buffer) override;

 private:
  void Connect();
  HttpRequest Request() const;
  std::string What() const;
  void CheckLength(const HttpResponse& response) const;
  void TakeUp(HttpResponse response);
  void SkipTo(std::uint64_t position);
  bool NextSource();
  void Interrupted(const NetworkError& error);

  RepositoryAccess access_;
  oci::Descriptor descriptor_;
  std::vector<Url> sources_;  // the registry first
  std::size_t source_ = 0;
  bool ranges_ = true;  // the registry goes on in the middle
  std::optional<HttpResponse> response_;
  std::uint64_t have_ = 0;
  std::uint64_t have_at_connect_ = 0;
  Attempts attempts_;
};

}  // namespace ibuild::registry
