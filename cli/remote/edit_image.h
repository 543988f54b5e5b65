// Changing an image without running anything: its configuration, its annotations, its layers. Pure.
//
// The configuration is edited as the document that it is, so what we do not know in it stays.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "oci/image_config.h"
#include "oci/manifest.h"

namespace ibuild::cli {

struct ImageEdit {
  std::optional<std::vector<std::string>> entrypoint = {};  // which also clears the command
  std::optional<std::vector<std::string>> cmd = {};
  std::vector<std::string> env = {};  // "NAME=VALUE"
  std::vector<std::string> unset_env = {};
  std::map<std::string, std::string> labels = {};
  std::vector<std::string> unset_labels = {};
  std::map<std::string, std::string> annotations = {};
  std::vector<std::string> exposed_ports = {};  // "80/tcp", "80"
  std::vector<std::string> volumes = {};
  std::optional<std::string> user = {};
  std::optional<std::string> working_dir = {};
  std::optional<std::string> stop_signal = {};
  std::optional<std::string> author = {};
  std::optional<std::string> created = {};  // RFC 3339
  std::optional<oci::Platform> platform = {};
};

// A layer to be put on top, with what the configuration says of it.
struct NewLayer {
  oci::Descriptor blob;
  oci::DiffId diff_id;
  std::string created_by = {};
};

// The configuration's text, edited. `what` names it in errors.
std::string EditConfig(std::string_view text, const ImageEdit& edit,
                       const std::vector<NewLayer>& added, std::string_view what);

// The same with the layers above `old_base` put on `new_base`: names and history follow.
struct RebasedConfig {
  std::string text;
  std::vector<oci::Descriptor> layers;
};
// Throws kInvalidInput when the image does not stand on `old_base`.
struct LayeredConfig {
  const oci::Manifest& manifest;
  std::string_view text;
};
RebasedConfig Rebase(const LayeredConfig& image, const LayeredConfig& old_base,
                     const LayeredConfig& new_base);

// One layer in place of all.
std::string FlattenConfig(std::string_view text, const NewLayer& layer, std::string_view what);

}  // namespace ibuild::cli
