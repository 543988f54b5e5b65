// A shared cache in a directory: type=local. Also on a file system that several machines share.
//
//   DIR/blobs/sha256/<hex>       layers, as in an OCI image layout
//   DIR/ibuild-answers/<hex>     documents, named by the digest of their bytes
//
// Writers take no lock (a network file system may have none): each writes the document that its
// merge gave, then removes those that it merged. Of two writers at once both documents stay, and
// the next one merges them, so nothing is lost. Readers merge what they find.
#pragma once

#include <filesystem>
#include <functional>

#include "oci/shared_cache.h"

namespace ibuild::layers {

class DirectoryCache final : public oci::SharedCache {
 public:
  // How several documents become one.
  using Join = std::function<std::string(const std::vector<std::string>&)>;

  // Nothing is made before the first write.
  DirectoryCache(std::filesystem::path directory, Join join)
      : directory_(std::move(directory)), join_(std::move(join)) {}

  std::optional<std::string> ReadAnswers(std::stop_token stop) override;
  void WriteAnswers(const Merge& merge) override;
  bool Has(const oci::Descriptor& blob) override;
  std::unique_ptr<ByteSource> Open(const oci::Descriptor& blob) override;
  void Put(const oci::Descriptor& blob,
           const std::function<std::unique_ptr<ByteSource>()>& open) override;

 private:
  struct Found {
    std::vector<std::filesystem::path> files;
    std::vector<std::string> documents;
  };
  Found Find() const;
  std::optional<std::string> JoinAll(const Found& found) const;
  std::filesystem::path answers() const { return directory_ / "ibuild-answers"; }
  std::filesystem::path blobs() const { return directory_ / "blobs/sha256"; }

  std::filesystem::path directory_;
  Join join_;
};

}  // namespace ibuild::layers
