#include "cli/remote/copy_image.h"

#include <fmt/format.h>

#include "cli/push_image.h"
#include "cli/remote/open_image.h"
#include "cli/remote/write_image.h"
#include "cli/wiring.h"
#include "layers/store/store.h"
#include "oci/media_type.h"
#include "oci/present_image.h"
#include "registry/client/registry_client.h"
#include "registry/transfer/copy.h"
#include "registry/transfer/image_graph.h"
#include "registry/transfer/registry_source.h"
#include "support/error.h"

namespace ibuild::cli {
namespace {

bool HasPlainLayersOfOurs(PlaceKind kind) {
  return kind == PlaceKind::kStore || kind == PlaceKind::kDockerArchive;
}

// What of the image is meant; a Docker archive holds one platform.
oci::Descriptor ChoosePart(const OpenedImage& image, const ImageLocation& to,
                           const CopyChoice& choice) {
  std::optional<oci::Platform> platform = choice.platform;
  if (!platform && to.kind == PlaceKind::kDockerArchive) platform = oci::Platform::Host();
  if (!oci::IsIndexType(image.root.media_type)) return image.root;
  return oci::ChoosePresent(*image.blobs, image.root, {platform, choice.all});
}

std::vector<std::string> MoreTags(const ImageLocation& to, const CopyChoice& choice) {
  std::vector<std::string> tags;
  for (const std::string& text : choice.more_names) {
    if (to.kind != PlaceKind::kRegistry) {
      tags.push_back(text);
      continue;
    }
    const bool bare = oci::IsValidTag(text);
    const oci::Reference name = bare ? to.Name().WithTag(text) : oci::Reference::Parse(text);
    if (name.repository() != to.Name().repository() || !name.tag()) {
      throw Error(ErrorKind::kUsage,
                  fmt::format("{} is not a tag of {}", text, to.Name().repository().ToString()));
    }
    tags.push_back(*name.tag());
  }
  return tags;
}

}  // namespace

// Children first, so that nothing in the store names what is not there.
void KeepInStore(Wiring& wiring, oci::BlobSource& blobs, const oci::Descriptor& root) {
  oci::BlobStore& store = wiring.store().blobs();
  const registry::ImageGraph graph = registry::ReadImageGraph(blobs, root);
  for (const oci::Descriptor& blob : graph.blobs) {
    if (store.Has(blob.digest) || oci::IsForeignLayerType(blob.media_type)) continue;
    Activity activity(wiring.reporter(), "keep " + blob.digest.Short());
    store.Put(blob, *blobs.Open(blob));
    activity.Done();
  }
  for (const registry::GraphDocument& document : graph.documents) {
    StringSource text(document.bytes);
    store.Put(document.descriptor, text);
  }
}

oci::Digest CopyImageTo(Wiring& wiring, registry::RegistryClient& source,
                        registry::RegistryClient& target, const ImageLocation& from,
                        const ImageLocation& to, const CopyChoice& choice) {
  const bool registries = from.kind == PlaceKind::kRegistry && to.kind == PlaceKind::kRegistry;
  if (registries && choice.referrers && !choice.Converts()) {
    const registry::CopyRequest request{from.Name(), to.Name(), choice.platform, true,
                                        wiring.stop()};
    const auto receipt = registry::CopyImage(request, source, target, wiring.reporter());
    ReportPush(wiring, receipt);
    return receipt.root.digest;
  }
  OpenedImage image = OpenImage(wiring, source, from);
  WriteRequest request{.target = to, .root = ChoosePart(image, to, choice)};
  if (from.kind == PlaceKind::kRegistry) request.mount_from = {from.Name().repository()};
  if (!image.names.empty()) request.name = image.names.front();
  request.more_tags = MoreTags(to, choice);
  oci::BlobSource* blobs = image.blobs;
  const bool plain = HasPlainLayersOfOurs(from.kind) && to.kind != PlaceKind::kStore;
  if (choice.Converts() || plain) {
    if (!HasPlainLayersOfOurs(from.kind)) KeepInStore(wiring, *blobs, request.root);
    wiring.BecomeRoot();
    request.root =
        layers::MakeExportable(wiring.store(), request.root, choice.convert, wiring.reporter());
    blobs = &wiring.store().blobs();
  }
  return WriteImage(wiring, target, *blobs, request);
}

}  // namespace ibuild::cli
