// JSON forms that several documents of the image-spec share. For .cc files of this room.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "oci/platform.h"
#include "support/json.h"

namespace ibuild::oci {

// An object of strings; missing is empty, and a null value is an empty string, as Go reads both.
std::map<std::string, std::string> ReadStringMap(const std::optional<JsonReader>& json);

// The `platform` object of a descriptor, which is also a part of the image configuration. A missing
// os or architecture is an empty string: such platforms exist and match nothing.
Platform ReadPlatform(const JsonReader& json);
OrderedJson WritePlatform(const Platform& platform);

}  // namespace ibuild::oci
