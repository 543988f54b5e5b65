// Images on their way out: with layer blobs compressed as asked, as archives or as files.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "layers/compress/codec.h"
#include "layers/store/store.h"
#include "oci/image_config.h"
#include "oci/manifest.h"
#include "support/byte_stream.h"
#include "support/report.h"

namespace ibuild::layers {

struct ExportOptions {
  CompressionChoice compression;
  bool force_compression = false;  // also recompress layers that came compressed from a registry
  oci::TypeFamily types = oci::TypeFamily::kOci;
  oci::Annotations annotations;  // of the manifest
};

// The same image with every plain layer replaced by its compressed blob, all of it present in the
// store's blobs. Layers that a registry delivered keep their exact bytes (unless forced). What was
// compressed once is remembered, so the second call is a lookup. `image` may be an index.
oci::Descriptor MakeExportable(Store& store, const oci::Descriptor& image,
                               const ExportOptions& options, Reporter& reporter);

enum class ArchiveKind { kOci, kDocker };

// An OCI image layout (or, with manifest.json, one that `docker load` reads) as a tar with every
// time 0 and owner 0. `names` may be empty.
void WriteArchive(Store& store, ArchiveKind kind, const oci::Descriptor& image,
                  const std::vector<oci::Reference>& names, ByteSink& sink);
void WriteLayoutDirectory(Store& store, ArchiveKind kind, const oci::Descriptor& image,
                          const std::vector<oci::Reference>& names,
                          const std::filesystem::path& directory);

// The image's files: as one tar with their owners, or into a directory (owned by the caller).
void WriteRootfsTar(Store& store, const std::vector<oci::DiffId>& layers, ByteSink& sink);
void WriteRootfsDirectory(Store& store, const std::vector<oci::DiffId>& layers,
                          const std::filesystem::path& directory);

// Reads an OCI layout or docker-archive (tar, any compression; or a directory) into the store and
// names what it names. Returns the images found.
std::vector<NamedImage> ImportArchive(Store& store, const std::filesystem::path& path,
                                      Reporter& reporter);

}  // namespace ibuild::layers
