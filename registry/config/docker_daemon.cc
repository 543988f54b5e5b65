#include "registry/config/docker_daemon.h"

#include <fmt/format.h>

#include <algorithm>

#include "registry/http/proxy.h"
#include "support/error.h"
#include "support/json.h"
#include "support/text.h"

namespace ibuild::registry {

void DockerDaemonConf::Add(std::string_view text, const std::string& file) {
  if (Trim(text).empty()) return;
  const Json json = ParseJson(text, file);
  const JsonReader reader(json, file);
  for (const std::string& mirror : reader.StringsIf("registry-mirrors")) {
    if (!ParseUpstream(mirror, "")) {
      reader.At("registry-mirrors").Fail(fmt::format("{} is no registry", Quote(mirror)));
    }
    mirrors_.push_back(mirror);
  }
  for (const std::string& host : reader.StringsIf("insecure-registries")) {
    insecure_.push_back(host);
  }
}

bool DockerDaemonConf::IsInsecure(const oci::RegistryHost& host) const {
  const Url url = Url::Parse("https://" + host.ApiHost() + "/");
  return std::any_of(insecure_.begin(), insecure_.end(), [&](const std::string& entry) {
    const bool block =
        entry.find('/') != std::string::npos && entry.find("://") == std::string::npos;
    return block ? MatchesNoProxyEntry(entry, url.origin()) : entry == host.name();
  });
}

std::vector<Upstream> DockerDaemonConf::MirrorsOf(const oci::Repository& repository) const {
  std::vector<Upstream> mirrors;
  if (!repository.host.IsDockerHub()) return mirrors;
  for (const std::string& location : mirrors_) {
    if (auto mirror = ParseUpstream(location, repository.path)) {
      mirror->insecure = IsInsecure(mirror->repository.host);
      mirrors.push_back(std::move(*mirror));
    }
  }
  return mirrors;
}

}  // namespace ibuild::registry
