// A table of text: columns as wide as their widest cell, two blanks between.
#pragma once

#include <string>
#include <vector>

namespace ibuild::cli {

class Table {
 public:
  explicit Table(std::vector<std::string> header) { rows_.push_back(std::move(header)); }

  void Add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  std::string Render() const;  // with a line end after each row; no blanks at line ends

 private:
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace ibuild::cli
