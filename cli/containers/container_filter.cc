#include "cli/containers/container_filter.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "containers/model/status.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

using containers::Container;

constexpr std::array<std::string_view, 13> kNames = {
    "id",    "name",   "label",   "status",  "exited", "ancestor", "before",
    "since", "volume", "network", "publish", "expose", "health"};

bool IsFrom(const Container& container, const std::string& image) {
  const std::string& own = container.config.process.image;
  return own == image || own.starts_with(image + ":") || own + ":latest" == image ||
         container.config.image_id == image ||
         container.config.image_id.starts_with("sha256:" + image);
}

bool IsOn(const Container& container, const std::string& network) {
  const std::vector<std::string> names = container.config.host.network.Names();
  if (std::find(names.begin(), names.end(), network) != names.end()) return true;
  const auto& endpoints = container.state.endpoints;
  return std::any_of(endpoints.begin(), endpoints.end(),
                     [&](const auto& endpoint) { return endpoint.network == network; });
}

bool Mounts(const Container& container, const std::string& text) {
  const auto& mounts = container.config.mounts;
  return std::any_of(mounts.begin(), mounts.end(), [&](const auto& mount) {
    return mount.name == text || mount.destination == text || mount.source == text;
  });
}

// The port of this machine, with its protocol ("8080/tcp") or without.
bool Publishes(const Container& container, const std::string& text) {
  const auto& ports = container.state.ports;
  return std::any_of(ports.begin(), ports.end(), [&](const auto& port) {
    const std::string number = std::to_string(port.host_port);
    return number == text || number + "/" + port.protocol == text;
  });
}

bool Exposes(const Container& container, const std::string& text) {
  const bool whole = text.find('/') != std::string::npos;
  return container.config.process.exposed_ports.count(whole ? text : text + "/tcp") != 0;
}

std::int64_t CreatedOf(const std::vector<Container>& all, const std::string& text) {
  for (const Container& container : all) {
    if (container.config.name == text || container.config.id.starts_with(text)) {
      return container.config.created;
    }
  }
  throw Error(ErrorKind::kNotFound, "No such container: " + PrintableText(text));
}

bool Holds(const Container& container, const std::string& name, const std::string& value,
           const std::vector<Container>& all) {
  const containers::ContainerConfig& config = container.config;
  if (name == "id") return config.id.starts_with(value);
  if (name == "name") return ("/" + config.name).find(value) != std::string::npos;
  if (name == "label") return HasLabel(config.process.labels, value);
  if (name == "status") return containers::ToString(container.state.status) == value;
  if (name == "exited") {
    return container.state.status == containers::Status::kExited &&
           std::to_string(container.state.exit_code) == value;
  }
  if (name == "ancestor") return IsFrom(container, value);
  if (name == "before") return config.created < CreatedOf(all, value);
  if (name == "since") return config.created > CreatedOf(all, value);
  if (name == "volume") return Mounts(container, value);
  if (name == "network") return IsOn(container, value);
  if (name == "publish") return Publishes(container, value);
  if (name == "expose") return Exposes(container, value);
  const std::string& health = container.state.health.status;
  return health == value || (value == "none" && health.empty());
}

}  // namespace

bool HasLabel(const std::map<std::string, std::string>& labels, const std::string& wanted) {
  const std::size_t equals = wanted.find('=');
  const auto label = labels.find(wanted.substr(0, equals));
  if (label == labels.end()) return false;
  return equals == std::string::npos || label->second == wanted.substr(equals + 1);
}

void ContainerFilter::Add(const std::string& text) {
  const std::size_t equals = text.find('=');
  const std::string name = text.substr(0, equals);
  if (equals == std::string::npos ||
      std::find(kNames.begin(), kNames.end(), name) == kNames.end()) {
    throw Error(ErrorKind::kUsage, fmt::format("invalid filter {}", Quote(text)))
        .WithHint("write it like `status=exited`, `name=web` or `label=a=b`");
  }
  const std::string value = text.substr(equals + 1);
  if (name == "status") containers::ParseStatus(value);
  wanted_[name].push_back(value);
}

bool ContainerFilter::Matches(const Container& container, const std::vector<Container>& all) const {
  return std::all_of(wanted_.begin(), wanted_.end(), [&](const auto& entry) {
    const auto holds = [&](const std::string& value) {
      return Holds(container, entry.first, value, all);
    };
    // Labels must all be there; of the others, one is enough.
    return entry.first == "label" ? std::all_of(entry.second.begin(), entry.second.end(), holds)
                                  : std::any_of(entry.second.begin(), entry.second.end(), holds);
  });
}

}  // namespace ibuild::cli
