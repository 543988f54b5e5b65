// From an image's configuration and the options of `ibuild run` to a SandboxSpec without its root.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/options.h"
#include "cli/step_options.h"
#include "oci/image_config.h"
#include "sandbox/spec/spec.h"

namespace ibuild::cli {

struct ContainerOptions {
  std::vector<std::string> env;  // "NAME=value"; "NAME" takes ours
  std::optional<std::string> working_directory;
  std::optional<std::string> user;
  std::optional<std::string> entrypoint;
  std::optional<std::string> hostname;
  std::vector<builder::MountEntry> volumes;
  builder::NetworkMode network = builder::NetworkMode::kDefault;
  builder::ResourceLimits limits;  // declared by DeclareLimits
  HostOptions host;                // declared by DeclareHostOptions

  void Declare(OptionSet& options);

  // `command` takes the place of the image's CMD; with --entrypoint the CMD goes as well. Throws
  // kInvalidInput when there is nothing to run.
  builder::SandboxSpec MakeSpec(const oci::RuntimeConfig& image,
                                const std::vector<std::string>& command) const;
};

}  // namespace ibuild::cli
