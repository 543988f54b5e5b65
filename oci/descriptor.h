// Content descriptors (image-spec descriptor.md).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "oci/digest.h"
#include "oci/platform.h"
#include "support/json_fwd.h"

namespace ibuild {
class JsonReader;
}

namespace ibuild::oci {

using Annotations = std::map<std::string, std::string>;

struct Descriptor {
  std::string media_type = {};
  Digest digest;
  std::uint64_t size = 0;  // bytes
  std::optional<Platform> platform = {};
  std::string artifact_type = {};
  Annotations annotations = {};
  std::vector<std::string> urls = {};  // of foreign layers

  friend bool operator==(const Descriptor&, const Descriptor&) = default;
};

Descriptor DescriptorOf(std::string media_type, std::string_view content);

// The JSON forms used inside manifests, indexes and layouts.
Descriptor ReadDescriptor(const JsonReader& json);
OrderedJson WriteDescriptor(const Descriptor& descriptor);

}  // namespace ibuild::oci
