#include "builder/explain/alignment.h"

#include <algorithm>
#include <cstdint>

namespace ibuild::builder {
namespace {

// Beyond this only what is equal at both ends is matched: a stage has at most 499 instructions, but
// a record from elsewhere may say anything.
constexpr std::size_t kMostPairs = 1'000'000;

std::string_view Word(std::string_view text) { return text.substr(0, text.find(' ')); }

class Table {
 public:
  using Texts = std::vector<std::string_view>;

  // The texts from `begin` on, without the last `end` of each.
  Table(const Texts& now, const Texts& before, std::size_t begin, std::size_t end)
      : now_(now),
        before_(before),
        begin_(begin),
        rows_(now.size() - begin - end),
        columns_(before.size() - begin - end) {
    if (rows_ != 0 && columns_ > kMostPairs / rows_) rows_ = columns_ = 0;
    best_.assign((rows_ + 1) * (columns_ + 1), 0);
    for (std::size_t row = rows_; row-- > 0;) {
      for (std::size_t column = columns_; column-- > 0;) {
        At(row, column) = std::max({At(row + 1, column), At(row, column + 1), Paired(row, column)});
      }
    }
  }

  void Trace(std::vector<std::optional<std::size_t>>& found) {
    std::size_t row = 0;
    std::size_t column = 0;
    while (row < rows_ && column < columns_) {
      if (Worth(row, column) != 0 && At(row, column) == Paired(row, column)) {
        found[begin_ + row++] = begin_ + column++;
      } else if (At(row, column) == At(row, column + 1)) {
        ++column;
      } else {
        ++row;
      }
    }
  }

 private:
  // One equal text outweighs any number of equal words.
  std::uint64_t Worth(std::size_t row, std::size_t column) const {
    const std::string_view now = now_[begin_ + row];
    const std::string_view before = before_[begin_ + column];
    if (now == before) return std::min(rows_, columns_) + 1;
    return Word(now) == Word(before) ? 1 : 0;
  }

  // The best of what begins with this pair.
  std::uint64_t Paired(std::size_t row, std::size_t column) {
    return At(row + 1, column + 1) + Worth(row, column);
  }

  std::uint64_t& At(std::size_t row, std::size_t column) {
    return best_[row * (columns_ + 1) + column];
  }

  const Texts& now_;
  const Texts& before_;
  std::size_t begin_;
  std::size_t rows_;
  std::size_t columns_;
  std::vector<std::uint64_t> best_;  // of what is left from (row, column) on
};

}  // namespace

std::vector<std::optional<std::size_t>> Align(const std::vector<std::string_view>& now,
                                              const std::vector<std::string_view>& before) {
  std::vector<std::optional<std::size_t>> found(now.size());
  const std::size_t both = std::min(now.size(), before.size());
  std::size_t begin = 0;
  while (begin < both && now[begin] == before[begin]) {
    found[begin] = begin;
    ++begin;
  }
  std::size_t end = 0;
  while (end < both - begin && now[now.size() - 1 - end] == before[before.size() - 1 - end]) {
    ++end;
    found[now.size() - end] = before.size() - end;
  }
  Table(now, before, begin, end).Trace(found);
  return found;
}

}  // namespace ibuild::builder
