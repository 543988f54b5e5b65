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

// As Docker matches names: the pattern is a regular expression that is found somewhere in the text.
// One that is none is found nowhere but in itself.
bool MatchesPattern(const std::string& text, const std::string& pattern);

}  // namespace ibuild::cli
