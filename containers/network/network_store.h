// NetworkStore: the networks of a store (networks/NAME): "bridge", "host" and "none", which are
// always there, and those that were made.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "layers/store/store_layout.h"

namespace ibuild::containers {

struct NetworkConfig {
  std::string name;
  std::string id;
  std::string driver = "bridge";  // "bridge", "host", "null"
  std::int64_t created = 0;
  std::string subnet;     // "172.20.0.0/16"; empty: chosen when it is first used
  bool internal = false;  // no way out
  std::map<std::string, std::string> labels;

  bool IsBuiltIn() const { return name == "bridge" || name == "host" || name == "none"; }
};

class NetworkStore {
 public:
  explicit NetworkStore(const layers::StoreLayout& layout) : layout_(layout) {}

  std::vector<NetworkConfig> List() const;  // sorted by name
  // By name, id or its beginning. Throws kNotFound ("network x not found").
  NetworkConfig Find(std::string_view text) const;
  // Throws kAlreadyExists, and kUsage for a name or subnet that is none.
  NetworkConfig Create(NetworkConfig config) const;
  void Remove(const NetworkConfig& config) const;

  // The directory of a network, made when it is not there: the router's socket and locks.
  std::filesystem::path Directory(const std::string& name) const;

 private:
  std::optional<NetworkConfig> Read(const std::string& name) const;

  layers::StoreLayout layout_;
};

}  // namespace ibuild::containers
