// `inspect` of images that are not in the store, in our shape and in skopeo's.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "oci/platform.h"

namespace ibuild::cli {

class Wiring;

struct RemoteInspection {
  bool raw = false;     // the manifest's own bytes; with `config` the configuration's
  bool config = false;  // the configuration
  bool tags = true;     // list the repository's tags where the shape has them
  std::optional<std::string> format = {};  // a Go template, or "json"
  std::optional<oci::Platform> platform = {};
};

// Writes to standard output what is asked of each; returns the exit code.
int InspectRemote(Wiring& wiring, const std::vector<std::string>& images,
                  const RemoteInspection& asked);

}  // namespace ibuild::cli
