#include "registry/transfer/copy.h"

#include "oci/media_type.h"
#include "registry/client/blobs.h"
#include "registry/client/manifests.h"

namespace ibuild::registry {
namespace {

// A repository seen as a source of blobs and, by their digests, of manifests.
class RemoteSource final : public oci::BlobSource {
 public:
  RemoteSource(const RepositoryAccess& access, FetchedManifest root)
      : manifests_(access), blobs_(access), root_(std::move(root)) {}

  // The manifests that an index names are pushed with it, so they must be there.
  bool Has(const oci::Digest&) override { return true; }

  std::unique_ptr<ByteSource> Open(const oci::Descriptor& descriptor) override {
    if (descriptor.digest == root_.descriptor.digest) {
      return std::make_unique<StringSource>(root_.bytes);
    }
    const bool document =
        oci::IsManifestType(descriptor.media_type) || oci::IsIndexType(descriptor.media_type);
    if (!document) return blobs_.Open(descriptor);
    return std::make_unique<StringSource>(manifests_.Get(descriptor.digest.ToString()).bytes);
  }

 private:
  ManifestClient manifests_;
  BlobClient blobs_;
  FetchedManifest root_;
};

}  // namespace

PushReceipt CopyImage(const CopyRequest& request, RegistryClient& client, Reporter& reporter) {
  RepositoryAccess access = client.Open(request.source.repository(), Access::kPull);
  access.stop = request.stop;
  const ManifestClient manifests(access);
  FetchedManifest root = manifests.Get(request.source.Selector());
  const auto* index = std::get_if<oci::Index>(&root.document);
  if (index != nullptr && request.platform) {
    const std::string what = request.source.Familiar();
    root = manifests.Get(oci::ChoosePlatform(*index, *request.platform, what).digest.ToString());
  }
  PushRequest push{request.target, root.descriptor};
  push.mount_from = {request.source.repository()};
  push.stop = request.stop;
  RemoteSource source(access, std::move(root));
  return Push(push, source, client, reporter);
}

}  // namespace ibuild::registry
