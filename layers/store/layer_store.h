// LayerStore: layers as directories, in overlayfs's form, ready to be mounted.
//
// A directory is found by what it is (DiffId), or, when its tar could only be unpacked in the
// light of the layers below it, by what it stands on (ChainId). Published directories never change.
//
// Nothing waits for the disk here: files are not synced, but each directory is marked with the
// boot that wrote it until MakeDurable() has synced the file system, which a build leaves to a
// child that outlives it. After another boot a marked directory is suspect, since a loss of power
// may have cut files short. So is a directory that is not the one that was written: a store that
// was carried here by tar or cp may have lost owners, attributes and whole directories on the way.
// Where a suspect can be packed, it is packed again at its first lookup, and believed when its
// DiffId comes out; otherwise it goes, to be unpacked again from its blob. Seen from outside the
// user namespace that wrote it, a suspect is not there: whoever needs it enters, and looks again.
//
// Everything that a lookup finds and everything that is committed is pinned for this process
// (StoreSession). Any thread.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "layers/pack/layer_packer.h"
#include "layers/store/layer_meta.h"
#include "layers/store/store_session.h"
#include "oci/descriptor.h"
#include "oci/layer_id.h"
#include "support/byte_stream.h"

namespace ibuild::layers {

// A layer in the making: `upper` becomes the layer directory, `work` is overlayfs's. Both are on
// the store's file system, in a directory of their own that is removed unless committed.
class StagedLayer {
 public:
  StagedLayer(StagedLayer&&) noexcept;
  StagedLayer& operator=(StagedLayer&&) noexcept;
  ~StagedLayer();

  std::filesystem::path upper() const;
  std::filesystem::path work() const;  // made by the first call: not every layer needs one

 private:
  friend class LayerStore;
  StagedLayer(SharedSession session, std::filesystem::path directory);

  SharedSession session_;
  std::filesystem::path directory_;  // empty: moved from or published
};

class LayerStore {
 public:
  explicit LayerStore(SharedSession session) : session_(std::move(session)) {}

  // The directories of a stack, lowest first; nothing when one of them is not unpacked here. A
  // layer that occurs more than once is given once, where it is topmost: the meaning is the same,
  // and overlayfs takes no directory twice.
  std::optional<std::vector<std::filesystem::path>> FindStack(
      const std::vector<oci::DiffId>& layers) const;
  bool Has(const oci::DiffId& layer) const;  // as a directory of its own, made from no lower
  // What the layer's tar was; nothing when it is not here as a directory that gives that tar again.
  std::optional<PackedLayer> FindPacked(const oci::DiffId& layer) const;
  // That tar, made from the directory while it is read and verified like any blob; null when
  // FindPacked has nothing. Throws kPermissionDenied outside the user namespace that the
  // directory was written in, where its files seem to have other owners.
  std::unique_ptr<ByteSource> OpenTar(const oci::Descriptor& layer) const;

  StagedLayer Stage() const;
  // Publishes a staged layer under its DiffId. When it is already there, the staged one is dropped.
  void Commit(StagedLayer staged, const PackedLayer& packed,
              TarForm form = TarForm::kCanonical) const;
  // Publishes a layer whose directory is only right above these lower layers (`stack` ends with
  // the layer itself).
  void CommitAbove(StagedLayer staged, const PackedLayer& packed,
                   const std::vector<oci::DiffId>& stack) const;

  // Whether there is something for MakeDurable to do; one look into a directory.
  bool HasUnsynced() const;
  // Sees to it that what was committed before this call, by any process, survives a loss of power:
  // one syncfs(2) when there is something unsynced, else one look into a directory.
  void MakeDurable() const;

 private:
  std::optional<LayerMeta> Find(const std::filesystem::path& directory,
                                const oci::Digest& name) const;
  std::optional<LayerMeta> Examine(const std::filesystem::path& directory) const;
  std::optional<std::filesystem::path> FindElement(const std::vector<oci::DiffId>& layers,
                                                   std::size_t position,
                                                   std::vector<oci::ChainId>& chains) const;
  void Publish(StagedLayer staged, LayerMeta meta, const oci::Digest& name,
               const std::filesystem::path& target) const;
  void Confirm(LayerMeta present, const LayerMeta& ours,
               const std::filesystem::path& directory) const;

  SharedSession session_;
};

}  // namespace ibuild::layers
