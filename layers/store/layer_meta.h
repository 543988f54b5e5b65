// What stands in a layer directory's meta.json.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "layers/pack/layer_packer.h"

namespace ibuild::layers {

// Whose tar gave the layer its name.
enum class TarForm {
  kCanonical,  // ours: packing the directory makes the same bytes again
  kForeign,    // another tool's; only the blob has its bytes
};

struct LayerMeta {
  PackedLayer packed;
  TarForm form = TarForm::kCanonical;
  // The boot (boot_id) during which the directory was written, until a sync of the file system
  // has been seen through. After another boot such a directory cannot be trusted.
  std::string unsynced_boot;
  // Which directory was written (DirectoryIdentity). One that was copied here is another.
  std::string identity;
  // The user namespace's id map in which the files have the image's owners (CurrentIdMap).
  std::string id_map;
};

// "0 0 4294967295" for root outside any; extents joined by ","; "recorded" (recorded_owner.h).
std::string CurrentIdMap();

// Inode and time of birth, or where the file system keeps none the change time, which nothing moves
// once a layer is published. Not the device: its number may be another after a boot. Empty: there
// is no such directory.
std::string DirectoryIdentity(const std::filesystem::path& directory);

std::string Serialize(const LayerMeta& meta);
// Nothing for text that is damaged or of another format: then the directory is not trusted.
std::optional<LayerMeta> ParseLayerMeta(std::string_view text);

}  // namespace ibuild::layers
