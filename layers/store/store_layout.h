// StoreLayout: every path under the store's root, and no such path anywhere else.
//
//   version  oci-layout  index.json      the directory is an OCI image layout
//   owners                               the kind of owners that files have (store_owners.h)
//   blobs/sha256/<hex>                   immutable, 0444, published by rename
//   layers/<DiffId>/{diff/,meta.json}    layer directories that stand for themselves
//   chains/<ChainId>/{diff/,meta.json}   layer directories that are right only above their lowers
//   compressed/<DiffId>.<choice>         which blob is the compressed form of a layer
//   cache/<ab>/<hex>                     records of the build cache
//   cache-mounts/<hex>.<n>               what RUN --mount=type=cache keeps
//   containers/<id>/                     a container; its `pins` lists digests that it uses
//   container-names/<name>               link to the id that has the name
//   networks/<name>/ volumes/<name>/     of containers
//   ingest/<session>.<n>                 staging: things that may become one of the above
//   ingest/part-<hex>                    blobs as far as they were fetched (partial_blob.h)
//   leases/<session>                     locked by a living process; lists the digests it uses
//   uploads/                             where unfinished uploads go on (registry)
//   unsynced/                            one name per layer directory that may be lost with power
//   builds/                              what was built (builder/explain), and the last prune
//   locks/  trash/
//
// Digests and keys are hexadecimal by their types, so no path here can climb.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "oci/layer_id.h"

namespace ibuild::layers {

class StoreLayout {
 public:
  explicit StoreLayout(std::filesystem::path root) : root_(std::move(root)) {}

  const std::filesystem::path& root() const { return root_; }
  std::filesystem::path version() const { return root_ / "version"; }
  std::filesystem::path oci_layout() const { return root_ / "oci-layout"; }
  std::filesystem::path index() const { return root_ / "index.json"; }
  std::filesystem::path owners() const { return root_ / "owners"; }

  std::filesystem::path blobs() const { return root_ / "blobs/sha256"; }
  std::filesystem::path layers() const { return root_ / "layers"; }
  std::filesystem::path chains() const { return root_ / "chains"; }
  std::filesystem::path compressed() const { return root_ / "compressed"; }
  std::filesystem::path cache() const { return root_ / "cache"; }
  std::filesystem::path cache_mounts() const { return root_ / "cache-mounts"; }
  std::filesystem::path containers() const { return root_ / "containers"; }
  std::filesystem::path container_names() const { return root_ / "container-names"; }
  std::filesystem::path networks() const { return root_ / "networks"; }
  std::filesystem::path volumes() const { return root_ / "volumes"; }
  std::filesystem::path ingest() const { return root_ / "ingest"; }
  std::filesystem::path leases() const { return root_ / "leases"; }
  std::filesystem::path uploads() const { return root_ / "uploads"; }
  std::filesystem::path unsynced() const { return root_ / "unsynced"; }
  std::filesystem::path builds() const { return root_ / "builds"; }
  std::filesystem::path prune_note() const { return builds() / "pruned"; }
  std::filesystem::path locks() const { return root_ / "locks"; }
  std::filesystem::path trash() const { return root_ / "trash"; }

  std::filesystem::path Blob(const oci::Digest& digest) const { return blobs() / digest.hex(); }
  std::filesystem::path Layer(const oci::DiffId& layer) const {
    return layers() / layer.digest.hex();
  }
  std::filesystem::path ChainedLayer(const oci::ChainId& chain) const {
    return chains() / chain.digest.hex();
  }
  // `key`: 64 lower-case hexadecimal digits; anything else throws kInternal.
  std::filesystem::path Record(std::string_view key) const;
  std::filesystem::path Compressed(const oci::DiffId& layer, std::string_view choice) const;

  // Held shared while something is put on a lease, exclusively while a prune decides.
  std::filesystem::path reclaim_lock() const { return locks() / "reclaim"; }
  std::filesystem::path index_lock() const { return locks() / "index"; }
  // Held while a layer directory that is not trusted gives way to another, or its record changes.
  std::filesystem::path replace_lock() const { return locks() / "replace"; }
  // The following come and go (KeyLock).
  // Held by the steps that use a cache mount; `name`: as in cache-mounts/.
  std::filesystem::path CacheMountLock(const std::string& name) const {
    return locks() / ("mount-" + name);
  }
  // Single flight for making one layer directory.
  std::filesystem::path LayerLock(const oci::Digest& digest) const {
    return locks() / ("layer-" + digest.hex());
  }
  // Single flight for one step among the builds that share the store; `key`: of its cache record.
  std::filesystem::path StepLock(const oci::Digest& key) const {
    return locks() / ("step-" + key.hex());
  }
  // The same for compressing one.
  std::filesystem::path CompressLock(const oci::Digest& digest) const {
    return locks() / ("compress-" + digest.hex());
  }

 private:
  std::filesystem::path root_;
};

// Inside a layer directory.
inline constexpr std::string_view kDiffName = "diff";
inline constexpr std::string_view kWorkName = "work";
inline constexpr std::string_view kMetaName = "meta.json";

}  // namespace ibuild::layers
