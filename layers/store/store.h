// Store: everything ibuild keeps on this machine, under one directory.
//
//   version  oci-layout  index.json      the directory is an OCI image layout
//   blobs/sha256/<hex>                   immutable, published by rename
//   layers/<hex>/{diff/,meta.json}       layer directories (overlayfs lower dirs)
//   cache/<ab>/<hex>                     small immutable records, by cache key
//   ingest/<boot>-<pid>-<random>/        staging, removed with its owner or by the next prune
//   locks/  trash/
//
// Any number of processes may use one store at a time. Names point only at what is complete;
// writes go to ingest/ and are renamed. Opening creates the directory (0700) and refuses one that
// another user owns. Opening is cheap: nothing is read before it is asked for.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "layers/pack/layer_packer.h"
#include "oci/blob_store.h"
#include "oci/layer_id.h"
#include "oci/reference.h"

namespace ibuild::layers {

// A layer in the making: `upper` becomes the layer directory, `work` is overlayfs's. Both are on
// the store's file system, in a directory of their own that is removed unless committed.
class StagedLayer {
 public:
  StagedLayer(StagedLayer&&) noexcept;
  StagedLayer& operator=(StagedLayer&&) noexcept;
  ~StagedLayer();

  std::filesystem::path upper() const;
  std::filesystem::path work() const;

 private:
  friend class LayerStore;
  explicit StagedLayer(std::filesystem::path directory);
  std::filesystem::path directory_;
};

class LayerStore {
 public:
  explicit LayerStore(std::filesystem::path root);

  // The directories of a stack, lowest first; nothing when one of them is not unpacked here.
  std::optional<std::vector<std::filesystem::path>> FindStack(
      const std::vector<oci::DiffId>& layers) const;
  bool Has(const oci::DiffId& layer) const;  // as a directory of its own, made from no lower
  // What the layer's tar was (size, options); nothing when it is not here as a directory.
  std::optional<PackedLayer> FindPacked(const oci::DiffId& layer) const;

  StagedLayer Stage() const;
  // Publishes a staged layer under its DiffId. When it is already there, the staged one is dropped.
  void Commit(StagedLayer staged, const PackedLayer& packed) const;
  // Publishes a layer whose directory is only right above these lower layers (`stack` ends with
  // the layer itself).
  void CommitAbove(StagedLayer staged, const PackedLayer& packed,
                   const std::vector<oci::DiffId>& stack) const;

 private:
  std::filesystem::path root_;
};

// Which image a name means. Names are full references with a tag ("docker.io/user/app:v0.0.1").
struct NamedImage {
  oci::Reference name;
  oci::Descriptor descriptor;  // manifest or index in the blob store
};

class NameIndex {
 public:
  explicit NameIndex(std::filesystem::path root);

  std::optional<oci::Descriptor> Find(const oci::Reference& name) const;
  std::vector<NamedImage> List() const;
  // All under one lock, one atomic rewrite. Setting replaces.
  void Set(const std::vector<NamedImage>& images);
  bool Remove(const oci::Reference& name);  // false: there was none

 private:
  std::filesystem::path root_;
};

class Store {
 public:
  static Store Open(const std::filesystem::path& root);
  Store(Store&&) noexcept;
  Store& operator=(Store&&) noexcept;
  ~Store();

  const std::filesystem::path& root() const;
  // Blobs. Open() of a plain layer that is here only as a directory makes its tar on the fly
  // (verified like any other stream).
  oci::BlobStore& blobs();
  LayerStore& layer_directories();
  NameIndex& names();

  // Small immutable records of the build cache, by 64-hex key; bytes are opaque here.
  std::optional<std::string> ReadRecord(const std::string& key) const;
  void WriteRecord(const std::string& key, std::string_view record) const;
  void RemoveRecord(const std::string& key) const;

  // Marks a layer or blob as in use by this process until it ends, so that a prune running beside
  // it keeps it. Cheap; called before relying on something found by a lookup.
  void Lease(const oci::Digest& digest);

 private:
  struct State;
  explicit Store(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace ibuild::layers
