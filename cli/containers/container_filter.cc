#include "cli/containers/container_filter.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "cli/containers/filter_text.h"
#include "containers/model/ports.h"
#include "containers/model/status.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

using containers::Container;

constexpr std::array<std::string_view, 13> kNames = {
    "id",    "name",   "label",   "status",  "exited", "ancestor", "before",
    "since", "volume", "network", "publish", "expose", "health"};

// A name without a tag means one with `latest`, as everywhere.
bool IsFrom(const Container& container, const std::string& image) {
  const std::string& own = container.config.process.image;
  return own == image || own == image + ":latest" || own + ":latest" == image ||
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

struct PortRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::string protocol;  // empty: any

  bool Has(std::uint64_t port, std::string_view of) const {
    return first <= port && port <= last && (protocol.empty() || protocol == of);
  }
};

// "8080", "8080-8090", "8080-8090/tcp"
PortRange ParsePortRange(const std::string& text) {
  const std::size_t slash = text.find('/');
  const std::string_view ports = std::string_view(text).substr(0, slash);
  const std::size_t dash = ports.find('-');
  const auto first = ParseUnsigned(ports.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : ParseUnsigned(ports.substr(dash + 1));
  const std::string protocol = slash == std::string::npos ? "" : text.substr(slash + 1);
  const bool is_known = slash == std::string::npos || protocol == "tcp" || protocol == "udp";
  if (!first || !last || *first > *last || *last > 65535 || !is_known) {
    throw Error(ErrorKind::kUsage, fmt::format("{} is no port", Quote(text)))
        .WithHint("write it like `8080`, `8080/udp` or `8080-8090`");
  }
  return {*first, *last, protocol};
}

// By the port of this machine.
bool Publishes(const Container& container, const std::string& text) {
  const PortRange range = ParsePortRange(text);
  const auto& ports = container.state.ports;
  return std::any_of(ports.begin(), ports.end(), [&](const auto& port) {
    return range.Has(static_cast<std::uint64_t>(port.host_port), port.protocol);
  });
}

bool Exposes(const Container& container, const std::string& text) {
  PortRange range = ParsePortRange(text);
  if (range.protocol.empty()) range.protocol = "tcp";
  const auto& ports = container.config.process.exposed_ports;
  return std::any_of(ports.begin(), ports.end(), [&](const std::string& name) {
    const containers::PortBinding port = containers::ParseExposed(name);
    return range.Has(static_cast<std::uint64_t>(port.container_port), port.protocol);
  });
}

// What no container could ever be is a mistake.
void CheckValue(const std::string& name, const std::string& value) {
  if (name == "status") containers::ParseStatus(value);
  if (name == "publish" || name == "expose") ParsePortRange(value);
  const std::array<std::string_view, 4> healths = {"starting", "healthy", "unhealthy", "none"};
  const bool no_health =
      name == "health" && std::find(healths.begin(), healths.end(), value) == healths.end();
  if (no_health || (name == "exited" && !ParseUnsigned(value))) {
    throw Error(ErrorKind::kUsage, fmt::format("invalid filter {}", Quote(name + "=" + value)))
        .WithHint(no_health ? "there are starting, healthy, unhealthy and none"
                            : "an exit code is a number");
  }
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
  if (name == "name") {
    return MatchesPattern(config.name, value) || MatchesPattern("/" + config.name, value);
  }
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
  CheckValue(name, value);
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
