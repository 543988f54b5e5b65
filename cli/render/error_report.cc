#include "cli/render/error_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "support/text.h"

namespace ibuild::cli {
namespace {

constexpr std::string_view kRule = "--------------------\n";

// Carets under the marked part of one line; nothing when all of the line is meant anyway.
std::string Underline(const std::string& line, const SourceRange& range) {
  const std::size_t begin = std::min(range.begin.column, line.size());
  const std::size_t end = std::min(range.end.column, line.size());
  const bool whole = Trim(line) == Trim(std::string_view(line).substr(begin, end - begin));
  if (range.begin.line != range.end.line || begin >= end || whole) return {};
  std::string marks;
  for (std::size_t i = 0; i < end; ++i) {
    // Bytes that continue a UTF-8 character take no column of their own; a tab stays a tab.
    if ((static_cast<unsigned char>(line[i]) & 0xc0) == 0x80) continue;
    marks += i >= begin ? '^' : line[i] == '\t' ? '\t' : ' ';
  }
  return fmt::format("     |     {}\n", marks);
}

bool IsMarked(const SourceRange& range, std::size_t number) {
  // A range that ends at the start of a line does not mean that line.
  const bool ends_before = range.end.column == 0 && range.end.line > range.begin.line;
  const std::size_t last = ends_before ? range.end.line - 1 : range.end.line;
  return number >= range.begin.line && number <= last;
}

std::string Message(const Error& error) {
  std::string text;
  for (auto frame = error.context().rbegin(); frame != error.context().rend(); ++frame) {
    text += *frame + ": ";
  }
  return text + error.message();
}

}  // namespace

std::string RenderExcerpt(const Excerpt& excerpt, const Palette& palette) {
  std::string text =
      fmt::format("{}:{}\n", PrintableText(excerpt.source_name), excerpt.range.begin.line);
  text += kRule;
  for (std::size_t i = 0; i < excerpt.lines.size(); ++i) {
    const std::size_t number = excerpt.first_line + i;
    const bool marked = IsMarked(excerpt.range, number);
    std::string line = fmt::format("{:4} | {} {}", number, marked ? ">>>" : "   ",
                                   PrintableText(excerpt.lines[i]));
    text += (marked ? palette.Red(line) : line) + "\n";
    if (marked) text += Underline(excerpt.lines[i], excerpt.range);
  }
  text += kRule;
  return text;
}

std::string RenderError(const Error& error, const Palette& palette) {
  std::string text;
  for (const Excerpt& excerpt : error.excerpts()) text += RenderExcerpt(excerpt, palette);
  text += fmt::format("{} {}\n", palette.Red("error:"), PrintableText(Message(error)));
  if (!error.hint().empty()) {
    text += fmt::format("{} {}\n", palette.Blue("hint:"), PrintableText(error.hint()));
  }
  return text;
}

}  // namespace ibuild::cli
