// Text that the user wrote, and places in it.
//
// Positions are bytes: `line` counts from 1, `column` from 0 (a byte offset in the line, which is
// what editors' and SARIF's "byte" columns minus one are). A SourceText never changes; a
// SourceRange is plain numbers and is only meaningful together with the text it came from.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace ibuild {

struct SourcePosition {
  std::size_t line = 1;    // from 1
  std::size_t column = 0;  // bytes from the start of the line

  friend auto operator<=>(const SourcePosition&, const SourcePosition&) = default;
};

// Half-open: `end` is the position after the last byte. begin == end marks a single position.
struct SourceRange {
  SourcePosition begin;
  SourcePosition end;

  friend auto operator<=>(const SourceRange&, const SourceRange&) = default;
};

// A file's text under the name shown to the user ("Dockerfile").
class SourceText {
 public:
  SourceText(std::string name, std::string text);

  const std::string& name() const { return name_; }
  std::string_view text() const { return text_; }
  std::size_t line_count() const { return line_starts_.size(); }
  // Without its line feed, and without a carriage return before that. `line` from 1; a line past
  // the end is empty.
  std::string_view Line(std::size_t line) const;

 private:
  std::string name_;
  std::string text_;
  std::vector<std::size_t> line_starts_;
};

// A self-contained piece of a source for an error or a warning: the lines of the range with some
// around them, so that it can be rendered after the SourceText is gone.
struct Excerpt {
  std::string source_name;
  std::size_t first_line = 1;      // number of lines[0]
  std::vector<std::string> lines;  // without line ends
  SourceRange range;               // what to mark
};

// Context as BuildKit shows it: two lines around a range within one line, one around a longer one.
Excerpt MakeExcerpt(const SourceText& source, SourceRange range);

}  // namespace ibuild
