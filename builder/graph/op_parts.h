// An op as a list of named texts: the one enumeration of what an op consists of.
//
// The cache key, the dump and the search for equal vertices all read this list, so that a field
// that is added to an op cannot be forgotten by one of them.
#pragma once

#include <string>
#include <vector>

#include "builder/graph/op.h"

namespace ibuild::builder {

enum class PartRole {
  kMeaning,     // decides the result: in the cache key
  kWiring,      // names a vertex or context, or paths in it; its content is in the key instead
  kIncidental,  // not meant to decide anything: proxies, which cache volume
};

struct OpPart {
  std::string name;  // "argv", "env.PATH", "mount /src target"
  std::string value;
  PartRole role = PartRole::kMeaning;
};

// In a fixed order; equal ops give equal lists.
std::vector<OpPart> PartsOf(const Op& op);

// "run", "copy", "add", "workdir", "image", "scratch".
std::string_view KindOf(const Op& op);

}  // namespace ibuild::builder
