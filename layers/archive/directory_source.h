// Images in directories, read where they are: an OCI image layout, and skopeo's `dir:`.
//
//   layout   index.json, oci-layout, blobs/sha256/<hex>
//   dir      manifest.json, version, <hex> for each blob, <hex>.manifest.json for an index's images
//
// Nothing is believed: every blob is checked as it is read, and no link leads out of the directory.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "oci/blob_store.h"
#include "support/clean_path.h"
#include "support/rooted_dir.h"

namespace ibuild::layers {

class DirectorySource final : public oci::BlobSource {
 public:
  enum class Form { kLayout, kPlain };

  DirectorySource(const std::filesystem::path& directory, Form form);

  bool Has(const oci::Digest& digest) override;
  std::unique_ptr<ByteSource> Open(const oci::Descriptor& descriptor) override;

  // The entries of a layout's index.json; of the plain form the one manifest. Throws kInvalidInput
  // when it is no such directory.
  std::vector<oci::Descriptor> Roots();

 private:
  std::optional<UniqueFd> OpenFile(const CleanPath& path);
  std::vector<CleanPath> NamesOf(const oci::Digest& digest) const;

  std::filesystem::path directory_;
  Form form_;
  RootedDir root_;
  std::optional<oci::Digest> manifest_;  // of the plain form, when it has been read
};

// Writes the plain form; `root` may be an index. Throws kNotFound when something is missing.
void WritePlainDirectory(oci::BlobSource& source, const oci::Descriptor& root,
                         const std::filesystem::path& directory);

}  // namespace ibuild::layers
