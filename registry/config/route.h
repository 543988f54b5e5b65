// Route: where the content of a repository is to be had, by the configuration of this machine.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "oci/reference.h"
#include "registry/http/tls_files.h"
#include "registry/http/url.h"

namespace ibuild::registry {

// One registry, and the repository's name there.
struct Upstream {
  oci::Repository repository;
  std::optional<Scheme> scheme = {};  // when an address says it; else it is found out
  std::string api_root = "/v2";
  bool insecure = false;
  bool resolves_tags = true;   // trusted to say what a tag means
  bool serves_digests = true;  // asked for what a digest names, which can be checked
  bool is_asked_for = {};      // told the name that was asked for ("?ns=", containerd's mirrors)
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::vector<std::filesystem::path> authorities = {};
  std::optional<ClientCertificate> client = {};
};

struct Route {
  std::vector<Upstream> mirrors;  // for pulls, in this order
  Upstream origin;                // what the name itself means; pushes go here
};

// "mirror.example:5000/proxy", with a scheme ("http://…") or without, and the repository's path
// below it. Nothing when it is neither. Pure.
std::optional<Upstream> ParseUpstream(std::string_view location, std::string_view path);

}  // namespace ibuild::registry
