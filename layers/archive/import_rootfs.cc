#include "layers/archive/import_rootfs.h"

#include "layers/store/blob_writer.h"
#include "layers/tar/archive_reader.h"
#include "layers/tar/writer.h"
#include "oci/manifest.h"
#include "oci/media_type.h"
#include "support/error.h"

namespace ibuild::layers {
namespace {

void CopyEntries(ArchiveReader& archive, ByteSink& sink) {
  TarWriter tar(sink);
  while (const auto entry = archive.Next()) {
    if (entry->meta.type == FileType::kRegular) {
      tar.Add(*entry, archive.content());
    } else {
      tar.Add(*entry);
    }
  }
  tar.Finish();
}

oci::Descriptor PutLayer(Store& store, ArchiveReader& archive) {
  const auto blob = store.NewBlob();
  CopyEntries(archive, *blob);
  blob->Finish();
  blob->Publish();
  return blob->Describe(std::string(oci::kOciLayer));
}

}  // namespace

oci::Descriptor ImportRootfs(Store& store, const UniqueFd& file, oci::ImageConfig config,
                             const std::string& comment) {
  auto archive = ArchiveReader::OpenIfArchive(file);
  if (!archive) {
    throw Error(ErrorKind::kInvalidInput, "this is no tar archive")
        .WithHint(
            "a tar of a file system is wanted, plain or compressed; `ibuild load` reads "
            "archives of images");
  }
  const oci::Descriptor layer = PutLayer(store, *archive);
  config.diff_ids = {oci::DiffId{layer.digest}};
  config.history = {{.created = config.created, .comment = comment}};
  const oci::Manifest manifest{
      .media_type = std::string(oci::kOciManifest),
      .artifact_type = {},
      .config = oci::PutBlob(store.blobs(), oci::kOciConfig, oci::Serialize(config)),
      .layers = {layer},
      .subject = {},
      .annotations = {}};
  oci::Descriptor root = oci::PutBlob(store.blobs(), manifest.media_type, oci::Serialize(manifest));
  root.platform = config.platform;
  return root;
}

}  // namespace ibuild::layers
