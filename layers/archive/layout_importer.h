// LayoutImporter: brings images of an OCI image layout into the store, blob by blob.
//
// From the leaves up, so that a manifest in the store has its parts in the store. Every blob is
// checked against the digest that leads to it. A layout may leave out blobs that the store has.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "layers/archive/archive_files.h"
#include "layers/store/store.h"
#include "oci/descriptor.h"
#include "support/error.h"

namespace ibuild::layers {

inline constexpr std::size_t kArchiveDocumentLimit = 8u << 20;

Error MissingInArchive(std::string_view name);

// The entries of index.json.
std::vector<oci::Descriptor> ReadLayoutIndex(const std::string& index_text);

// What to do with a blob that the store has: read it again, which mends a damaged one, or not.
enum class KnownBlobs { kReadAgain, kSkip };

class LayoutImporter {
 public:
  // Both must outlive it.
  LayoutImporter(Store& store, ArchiveFiles& files, KnownBlobs known = KnownBlobs::kReadAgain)
      : store_(store), files_(files), known_(known) {}

  // With all that the descriptor leads to; each blob once. Throws kCorrupt for a blob that is
  // missing or not what its digest says.
  void Import(const oci::Descriptor& descriptor) { Import(descriptor, 0); }

 private:
  void Import(const oci::Descriptor& descriptor, int nesting);
  void ImportChildren(const oci::Descriptor& descriptor, int nesting);
  void KeepBlob(const oci::Descriptor& descriptor);

  Store& store_;
  ArchiveFiles& files_;
  const KnownBlobs known_;
  std::set<oci::Digest> imported_;
};

}  // namespace ibuild::layers
