// Platforms (image-spec image-index.md "platform"): os/architecture[/variant].
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ibuild::oci {

struct Platform {
  std::string os = "linux";
  std::string architecture = {};  // GOARCH: amd64, arm64, arm, …
  std::string variant = {};       // "v7"; empty for amd64 and arm64
  std::string os_version = {};
  std::vector<std::string> os_features = {};

  // "linux/amd64", "linux/arm/v7", "arm64" (os linux), "local" (the host); normalised. Throws
  // kInvalidInput.
  static Platform Parse(std::string_view text);
  static Platform Host();
  std::string ToString() const;  // "linux/arm/v7"

  friend bool operator==(const Platform&, const Platform&) = default;
};

// Spellings made one: x86_64 is amd64, aarch64 is arm64, arm without variant is v7, arm64/v8 is
// arm64, amd64/v1 is amd64.
Platform Normalize(Platform platform);

// How well `candidate` suits someone who wants `wanted`: 0 best, larger worse, nothing when it
// does not run. Lower variants of the same architecture follow the wanted one.
std::optional<int> MatchRank(const Platform& wanted, const Platform& candidate);

}  // namespace ibuild::oci
