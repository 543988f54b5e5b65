// "Did you mean …?": the nearest of some names.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ibuild {

// Levenshtein distance, ASCII case ignored; some number above `limit` when it is above that.
std::size_t EditDistance(std::string_view a, std::string_view b,
                         std::size_t limit = std::string_view::npos);

// The candidate nearest to `word` when it is at most `limit` edits away (and not the word itself).
std::optional<std::string> ClosestMatch(std::string_view word,
                                        const std::vector<std::string>& candidates,
                                        std::size_t limit = 2);

}  // namespace ibuild
