// VolumeStore: the volumes of a store (volumes/NAME): directories that outlive containers.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "layers/store/store_layout.h"
#include "layers/tree/layered_tree.h"

namespace ibuild::containers {

struct VolumeConfig {
  std::string name;
  std::int64_t created = 0;
  bool anonymous = false;  // made for one container
  std::map<std::string, std::string> labels;
};

class VolumeStore {
 public:
  explicit VolumeStore(const layers::StoreLayout& layout) : layout_(layout) {}

  std::vector<VolumeConfig> List() const;  // sorted by name
  std::optional<VolumeConfig> LookUp(std::string_view name) const;
  VolumeConfig Find(std::string_view name) const;  // throws kNotFound: "get x: no such volume"

  // That it is there already is fine. An empty name: one of 64 digits is made. Throws kUsage.
  VolumeConfig Create(VolumeConfig config) const;
  // Whether a container uses it is for the caller to know.
  void Remove(const std::string& name) const;

  // Gives an empty volume what the image has at `path`, with its owners. Once: two containers that
  // start at the same time do not both do it. Needs root (of a user namespace).
  void Fill(const std::string& name, const layers::LayeredTree& image,
            const std::string& path) const;

  std::filesystem::path Data(const std::string& name) const {
    return layout_.volumes() / name / "_data";
  }

 private:
  layers::StoreLayout layout_;
};

}  // namespace ibuild::containers
