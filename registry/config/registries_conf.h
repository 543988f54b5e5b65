// registries.conf, version 2, of containers' tools (containers-registries.conf(5)): mirrors,
// rewritten names, blocked and insecure registries, and what a short name means.
//
// Several files are laid over each other: a later table takes the place of an earlier one with the
// same prefix, later lists that of earlier ones; aliases are united. Version 1 is refused.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "registry/config/route.h"

namespace ibuild::registry {

enum class ShortNameMode { kEnforcing, kPermissive, kDisabled };

class RegistriesConf {
 public:
  // Lays a file over what is there. Throws kInvalidInput, "FILE:LINE: …".
  void Add(std::string_view text, const std::string& file);
  // A file that holds nothing but aliases; they win over all others.
  void AddAliases(std::string_view text, const std::string& file);

  // By the table with the longest prefix; nothing when no table is about the repository. Throws
  // kPermissionDenied, naming the place, for what is blocked.
  std::optional<Route> RouteOf(const oci::Repository& repository) const;

  // What a name without a host may mean, the first one that is there counting; empty: Docker Hub's.
  // Throws kInvalidInput when there are several and the mode demands that one be chosen.
  std::vector<oci::Repository> Meanings(const std::string& short_name) const;

 private:
  struct Mirror {
    std::string location;
    bool insecure = false;
    bool tags = true;
    bool digests = true;
  };
  struct Table {
    std::string place;
    std::string prefix;
    std::string location;
    bool insecure = false;
    bool blocked = false;
    std::vector<Mirror> mirrors;
  };
  static Table ReadTable(const class ConfigValue& table);
  static Mirror ReadMirror(const class ConfigValue& mirror, bool digests_only);
  const Table* TableFor(std::string_view name) const;

  std::vector<Table> tables_;
  std::map<std::string, std::string> aliases_;
  std::vector<std::string> search_;
  std::string search_place_;
  ShortNameMode mode_ = ShortNameMode::kPermissive;
};

}  // namespace ibuild::registry
