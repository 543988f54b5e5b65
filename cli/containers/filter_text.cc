#include "cli/containers/filter_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <regex>

#include "support/error.h"
#include "support/suggest.h"
#include "support/text.h"

namespace ibuild::cli {

FilterText ParseFilter(const std::string& text, const std::vector<std::string>& known) {
  const std::size_t equals = text.find('=');
  FilterText filter;
  filter.name = text.substr(0, equals);
  if (equals != std::string::npos) filter.value = text.substr(equals + 1);
  if (std::find(known.begin(), known.end(), filter.name) == known.end()) {
    Error error(ErrorKind::kUsage, fmt::format("there is no filter {}", Quote(filter.name)));
    const auto nearest = ClosestMatch(filter.name, known);
    throw error.AddHint(nearest ? fmt::format("did you mean `{}`?", *nearest)
                                : fmt::format("filters are {}", Join(known, ", ")));
  }
  if (filter.value.empty()) {
    throw Error(ErrorKind::kUsage, fmt::format("the filter {} has no value", Quote(text)))
        .WithHint(fmt::format("write it like `{}=VALUE`", filter.name));
  }
  return filter;
}

bool MatchesPattern(const std::string& text, const std::string& pattern) {
  if (text == pattern) return true;
  try {
    return std::regex_search(text, std::regex(pattern, std::regex::ECMAScript));
  } catch (const std::regex_error&) {
    return false;
  }
}

}  // namespace ibuild::cli
