// containerd's hosts.toml: where a registry's content is to be had, and what each place is trusted
// with (containerd's docs/hosts.md).
//
//   server = "https://registry-1.docker.io"
//   [host."https://mirror.example"]
//     capabilities = ["pull", "resolve"]      pull: what digests name; resolve: what tags mean
//     ca, client, skip_verify, header, override_path
//
// Pure: paths in it are told relative to its own directory, and not looked at.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "registry/config/route.h"

namespace ibuild::registry {

// Throws kInvalidInput, "FILE:LINE: …".
Route ParseHostsToml(std::string_view text, const std::filesystem::path& file,
                     const oci::Repository& repository);

// The directories that may hold the file for a host, the first that exists counting:
// "r.example:5000", "r.example_5000_", "r.example", "_default".
std::vector<std::string> HostsDirectoryNames(const oci::RegistryHost& host);

}  // namespace ibuild::registry
