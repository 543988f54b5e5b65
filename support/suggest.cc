#include "support/suggest.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace ibuild {

namespace {

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// So many characters at the beginning are the same.
std::size_t Agreement(std::string_view a, std::string_view b) {
  const auto end = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  return static_cast<std::size_t>(end.first - a.begin());
}

}  // namespace

std::size_t EditDistance(std::string_view a, std::string_view b, std::size_t limit) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    std::size_t least = row[0];
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t substitution = diagonal + (Lower(a[i]) == Lower(b[j]) ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({substitution, row[j] + 1, row[j + 1] + 1});
      least = std::min(least, row[j + 1]);
    }
    if (least > limit) return least;  // further rows only add to it
  }
  return row.back();
}

std::optional<std::string> ClosestMatch(std::string_view word,
                                        const std::vector<std::string>& candidates,
                                        std::size_t limit) {
  const std::string* best = nullptr;
  // The fewer edits the nearer; of equals, the one that lacks less of the word's beginning.
  std::pair nearest(limit + 1, std::size_t{0});
  for (const std::string& candidate : candidates) {
    const auto [shorter, longer] = std::minmax({word.size(), candidate.size()});
    if (candidate == word || longer - shorter > limit) continue;
    const std::pair near(EditDistance(word, candidate, limit),
                         word.size() - Agreement(word, candidate));
    // A suggestion that shares nothing with the word helps nobody.
    if (near < nearest && near.first < longer) {
      best = &candidate;
      nearest = near;
    }
  }
  if (best == nullptr) return std::nullopt;
  return *best;
}

}  // namespace ibuild
