// Which image of an index is meant when the command line does not say.
#pragma once

#include <optional>

#include "cli/settings.h"
#include "oci/platform.h"

namespace ibuild::cli {

inline oci::Platform DefaultPlatform(const Settings& settings) {
  return settings.default_platform ? oci::Platform::Parse(*settings.default_platform)
                                   : oci::Platform::Host();
}

// What crane's persistent --platform says of commands that would otherwise take an index whole.
inline std::optional<oci::Platform> PersistentPlatform(const Settings& settings) {
  const bool crane = settings.tool == ToolKind::kCrane && settings.default_platform;
  return crane ? std::optional(oci::Platform::Parse(*settings.default_platform)) : std::nullopt;
}

}  // namespace ibuild::cli
