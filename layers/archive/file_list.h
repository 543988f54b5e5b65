// The files that an image's layers make, with what they hold, read from the layers themselves:
// nothing is unpacked, and no privilege is needed.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "layers/tree/file_meta.h"
#include "oci/blob_store.h"

namespace ibuild::layers {

struct ListedFile {
  FileMeta meta;
  std::optional<oci::Digest> content;  // of regular files

  // Times apart: two builds of the same thing differ in them.
  bool SameAs(const ListedFile& other) const;
};

// By path ("etc/passwd"). Layers from the lowest up.
std::map<std::string, ListedFile> ListFiles(oci::BlobSource& blobs,
                                            const std::vector<oci::Descriptor>& layers);

}  // namespace ibuild::layers
