// What `podman ps`, `podman volume ls` and `podman network ls` print with --format json: an array
// of documents with podman's own names, where docker has a line of JSON for each.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "containers/network/network_store.h"
#include "containers/state/container_store.h"
#include "containers/volumes/volume_store.h"
#include "support/json_fwd.h"

namespace ibuild::cli {

// `now`: nanoseconds since 1970.
OrderedJson PodmanContainer(const containers::Container& container, std::int64_t now);
OrderedJson PodmanVolume(const containers::VolumeConfig& volume, const std::filesystem::path& data);
OrderedJson PodmanNetwork(const containers::NetworkConfig& network);

std::string PodmanList(const std::vector<OrderedJson>& documents);

}  // namespace ibuild::cli
