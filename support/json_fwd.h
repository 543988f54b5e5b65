// Names of the JSON types, without the library: see support/json.h.
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace ibuild {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;

}  // namespace ibuild
