// --filter NAME=VALUE, for those who know which names there are.
#pragma once

#include <string>
#include <vector>

namespace ibuild::cli {

struct FilterText {
  std::string name;
  std::string value;
};

// Throws kUsage for a name that is not among `known`, and where there is no value.
FilterText ParseFilter(const std::string& text, const std::vector<std::string>& known);

}  // namespace ibuild::cli
