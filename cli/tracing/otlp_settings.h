// What OpenTelemetry's variables say of where traces go ("OpenTelemetry Protocol Exporter" and
// "General SDK Configuration"), as far as it has a meaning here. Pure.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "support/secret.h"

namespace ibuild::cli {

struct OtlpSettings {
  std::string endpoint;  // where to post; empty: nowhere
  std::vector<std::pair<std::string, Secret>> headers;
  // The 10 s of the specification are for exporters that send beside the work. A build has ended,
  // and somebody waits for it.
  std::chrono::milliseconds timeout{2000};
  std::vector<std::pair<std::string, std::string>> resource;  // service.name and more
  std::string problem;  // why nothing is sent although it is asked for; empty: none. No secrets.
};

using EnvironmentLookup = std::function<std::optional<std::string>(const char* name)>;

OtlpSettings ReadOtlpSettings(const EnvironmentLookup& environment);

}  // namespace ibuild::cli
