#include "registry/transfer/registry_source.h"

#include "oci/media_type.h"

namespace ibuild::registry {
namespace {

RepositoryAccess OpenToRead(RegistryClient& client, const oci::Reference& reference,
                            std::stop_token stop) {
  RepositoryAccess access = client.Open(reference.repository(), Access::kPull);
  access.stop = std::move(stop);
  return access;
}

}  // namespace

RegistrySource::RegistrySource(RegistryClient& client, const oci::Reference& reference,
                               std::stop_token stop)
    : reference_(reference),
      access_(OpenToRead(client, reference, std::move(stop))),
      manifests_(access_),
      blobs_(access_),
      root_(manifests_.Get(reference.Selector())) {}

void RegistrySource::Choose(const oci::Platform& platform) {
  const auto* index = std::get_if<oci::Index>(&root_.document);
  if (index == nullptr) return;
  const oci::Descriptor chosen = oci::ChoosePlatform(*index, platform, reference_.Familiar());
  root_ = manifests_.Get(chosen.digest.ToString());
  root_.descriptor.platform = chosen.platform;
}

std::unique_ptr<ByteSource> RegistrySource::Open(const oci::Descriptor& descriptor) {
  if (descriptor.digest == root_.descriptor.digest) {
    return std::make_unique<StringSource>(root_.bytes);
  }
  const bool document =
      oci::IsManifestType(descriptor.media_type) || oci::IsIndexType(descriptor.media_type);
  if (!document) return blobs_.Open(descriptor);
  return std::make_unique<StringSource>(manifests_.Get(descriptor.digest.ToString()).bytes);
}

}  // namespace ibuild::registry
