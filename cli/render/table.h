// A table of text: columns as wide as their widest cell, blanks between.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace ibuild::cli {

struct TableSpacing {
  std::size_t between = 2;  // blanks between columns
  std::size_t least = 0;    // the width of a column with the blanks behind it
};
// As Docker's tables are, which scripts cut by column.
inline constexpr TableSpacing kDockerSpacing{3, 10};

class Table {
 public:
  explicit Table(std::vector<std::string> header, TableSpacing spacing = {}) : spacing_(spacing) {
    rows_.push_back(std::move(header));
  }

  void Add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  std::string Render() const;  // with a line end after each row; no blanks at line ends

 private:
  std::vector<std::vector<std::string>> rows_;
  TableSpacing spacing_;
};

}  // namespace ibuild::cli
