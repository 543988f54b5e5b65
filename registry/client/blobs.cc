#include "registry/client/blobs.h"

#include "registry/client/download.h"
#include "registry/client/error_response.h"
#include "registry/http/transport.h"

namespace ibuild::registry {

Presence BlobClient::Head(const oci::Digest& digest) const {
  const HttpResponse response =
      access_.transport->Send(access_.Request(Method::kHead, access_.endpoints.Blob(digest)));
  if (response.Ok()) return Presence::kPresent;
  return response.status == 404 ? Presence::kMissing : Presence::kUnknown;
}

oci::Descriptor BlobClient::Describe(const oci::Digest& digest) const {
  HttpResponse response =
      access_.transport->Send(access_.Request(Method::kHead, access_.endpoints.Blob(digest)));
  const std::string what = "blob " + digest.ToString();
  if (!response.Ok()) throw ErrorFromResponse(response, access_, what);
  const auto size = ContentLength(response.headers);
  if (!size) throw Error(ErrorKind::kUnavailable, what + ": the registry does not say its size");
  oci::Descriptor blob{.media_type = "application/octet-stream", .digest = digest};
  blob.size = *size;
  return blob;
}

std::unique_ptr<ByteSource> BlobClient::OpenFrom(const oci::Descriptor& descriptor,
                                                 std::uint64_t offset) const {
  return std::make_unique<Download>(access_, descriptor, offset);
}

std::unique_ptr<ByteSource> BlobClient::Open(const oci::Descriptor& descriptor) {
  return std::make_unique<oci::VerifyingSource>(std::make_unique<Download>(access_, descriptor),
                                                descriptor);
}

}  // namespace ibuild::registry
