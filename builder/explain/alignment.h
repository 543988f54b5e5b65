// Alignment: which instruction of one list is which of another, so that one that was put in, taken
// out or rewritten moves no other. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace ibuild::builder {

// For each of `now` its place in `before`, in ascending order: as many equal texts as can be;
// between them as many as can be that are the same instruction with another text.
std::vector<std::optional<std::size_t>> Align(const std::vector<std::string_view>& now,
                                              const std::vector<std::string_view>& before);

}  // namespace ibuild::builder
