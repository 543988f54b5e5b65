#include "cli/remote/write_image.h"

#include <fmt/format.h>

#include "cli/push_image.h"
#include "cli/remote/copy_image.h"
#include "cli/result_file.h"
#include "cli/wiring.h"
#include "layers/archive/directory_source.h"
#include "layers/archive/image_archive.h"
#include "layers/store/store.h"
#include "registry/client/registry_client.h"
#include "registry/transfer/push.h"
#include "support/error.h"

namespace ibuild::cli {
namespace {

void ToRegistry(Wiring& wiring, registry::RegistryClient& client, oci::BlobSource& blobs,
                const WriteRequest& request) {
  const registry::PushRequest push{.target = request.target.Name(),
                                   .root = request.root,
                                   .mount_from = request.mount_from,
                                   .more_tags = request.more_tags,
                                   .foreign_layers = request.foreign_layers,
                                   .stop = wiring.stop()};
  ReportPush(wiring, registry::Push(push, blobs, client, wiring.reporter()));
}

void ToStore(Wiring& wiring, oci::BlobSource& blobs, const WriteRequest& request) {
  KeepInStore(wiring, blobs, request.root);
  wiring.store().names().Set({{request.target.Name(), request.root}});
}

layers::ArchivedImage EntryFor(const WriteRequest& request) {
  layers::ArchivedImage entry{request.root, {}, {}};
  const std::string& image = request.target.image;
  const bool docker = request.target.kind == PlaceKind::kDockerArchive;
  if (image.empty()) {
    if (request.name) entry.names.push_back(*request.name);
  } else if (docker || image.find_first_of("/:") != std::string::npos) {
    entry.names.push_back(oci::Reference::Parse(image));
  } else {
    entry.ref_name = image;
  }
  for (const std::string& tag : request.more_tags) {
    entry.names.push_back(oci::Reference::Parse(tag));
  }
  return entry;
}

void ToArchive(oci::BlobSource& blobs, const WriteRequest& request) {
  const bool docker = request.target.kind == PlaceKind::kDockerArchive;
  ResultFile file(request.target.path.native());
  layers::WriteArchive(blobs, docker ? layers::ArchiveKind::kDocker : layers::ArchiveKind::kOci,
                       {EntryFor(request)}, file.sink());
  file.Commit();
}

}  // namespace

oci::Digest WriteImage(Wiring& wiring, registry::RegistryClient& client, oci::BlobSource& blobs,
                       const WriteRequest& request) {
  switch (request.target.kind) {
    case PlaceKind::kRegistry:
      ToRegistry(wiring, client, blobs, request);
      break;
    case PlaceKind::kStore:
      ToStore(wiring, blobs, request);
      break;
    case PlaceKind::kOciLayout:
      layers::WriteLayoutDirectory(blobs, layers::ArchiveKind::kOci, EntryFor(request),
                                   request.target.path);
      break;
    case PlaceKind::kOciArchive:
    case PlaceKind::kDockerArchive:
      ToArchive(blobs, request);
      break;
    case PlaceKind::kDirectory:
      layers::WritePlainDirectory(blobs, request.root, request.target.path);
      break;
  }
  return request.root.digest;
}

}  // namespace ibuild::cli
