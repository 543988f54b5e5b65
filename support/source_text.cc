#include "support/source_text.h"

#include <algorithm>
#include <utility>

namespace ibuild {

SourceText::SourceText(std::string name, std::string text)
    : name_(std::move(name)), text_(std::move(text)) {
  line_starts_.push_back(0);
  for (std::size_t i = text_.find('\n'); i != std::string::npos; i = text_.find('\n', i + 1)) {
    if (i + 1 < text_.size()) line_starts_.push_back(i + 1);
  }
}

std::string_view SourceText::Line(std::size_t line) const {
  if (line == 0 || line > line_starts_.size()) return {};
  const std::size_t begin = line_starts_[line - 1];
  const std::size_t end = line < line_starts_.size() ? line_starts_[line] : text_.size();
  std::string_view result = std::string_view(text_).substr(begin, end - begin);
  if (result.ends_with('\n')) result.remove_suffix(1);
  if (result.ends_with('\r')) result.remove_suffix(1);
  return result;
}

Excerpt MakeExcerpt(const SourceText& source, SourceRange range) {
  const std::size_t around = range.begin.line == range.end.line ? 2 : 1;
  Excerpt excerpt;
  excerpt.source_name = source.name();
  excerpt.range = range;
  excerpt.first_line = range.begin.line > around ? range.begin.line - around : 1;
  const std::size_t last = std::min(range.end.line + around, source.line_count());
  for (std::size_t line = excerpt.first_line; line <= last; ++line) {
    excerpt.lines.emplace_back(source.Line(line));
  }
  return excerpt;
}

}  // namespace ibuild
