// What Docker's daemon.json says of registries: `registry-mirrors` (of Docker Hub) and
// `insecure-registries` (hosts, or blocks of addresses). Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "registry/config/route.h"

namespace ibuild::registry {

class DockerDaemonConf {
 public:
  void Add(std::string_view text, const std::string& file);  // throws kInvalidInput

  bool IsInsecure(const oci::RegistryHost& host) const;
  std::vector<Upstream> MirrorsOf(const oci::Repository& repository) const;

 private:
  std::vector<std::string> mirrors_;
  std::vector<std::string> insecure_;
};

}  // namespace ibuild::registry
