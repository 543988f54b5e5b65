// Image archives: an OCI image layout (image-spec image-layout.md) as a tar or a directory, with
// manifest.json beside it for `docker load`.
//
//   blobs/  blobs/sha256/   0755
//   blobs/sha256/<hex>      0444
//   index.json              0644, one entry a name
//   manifest.json           0644, only for Docker
//   oci-layout              0444
//
// In the tar every time and owner is 0 and the order is that of the names, so that equal images
// give equal archives. Blobs are written as they are: MakeExportable decides their compression.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "oci/blob_store.h"
#include "oci/descriptor.h"
#include "oci/reference.h"
#include "support/byte_stream.h"

namespace ibuild::layers {

enum class ArchiveKind {
  kOci,
  kDocker,  // an image of several platforms (an index) is kUnsupported
};

struct ArchivedImage {
  oci::Descriptor root;
  std::vector<oci::Reference> names;  // may be empty
  std::string ref_name = {};          // of an entry that has a tag of the layout and no name
};

// What the images share is there once. Finishing `sink` is the caller's.
void WriteArchive(oci::BlobSource& blobs, ArchiveKind kind,
                  const std::vector<ArchivedImage>& images, ByteSink& sink);

// Into a directory, made when missing. A layout that is there already gains the image: entries of
// the same names are replaced, others stay.
void WriteLayoutDirectory(oci::BlobSource& blobs, ArchiveKind kind, const ArchivedImage& image,
                          const std::filesystem::path& directory);

}  // namespace ibuild::layers
