#include "registry/client/blobs.h"

#include "registry/client/download.h"
#include "registry/http/transport.h"

namespace ibuild::registry {

Presence BlobClient::Head(const oci::Digest& digest) const {
  const HttpResponse response =
      access_.transport->Send(access_.Request(Method::kHead, access_.endpoints.Blob(digest)));
  if (response.Ok()) return Presence::kPresent;
  return response.status == 404 ? Presence::kMissing : Presence::kUnknown;
}

std::unique_ptr<ByteSource> BlobClient::Open(const oci::Descriptor& descriptor) {
  return std::make_unique<oci::VerifyingSource>(std::make_unique<Download>(access_, descriptor),
                                                descriptor);
}

}  // namespace ibuild::registry
