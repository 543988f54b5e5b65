#include "parser/syntax/logical_lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "parser/syntax/chars.h"

namespace ibuild::parser {
namespace {

std::string_view WithoutLineEnd(std::string_view line) {
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
  return line;
}

std::string_view WithoutLeadingTabs(std::string_view line) {
  while (!line.empty() && line.front() == '\t') line.remove_prefix(1);
  return line;
}

bool IsComment(std::string_view trimmed) { return !trimmed.empty() && trimmed.front() == '#'; }

}  // namespace

SourcePosition LogicalLine::PositionOf(std::size_t offset) const {
  const auto after =
      std::upper_bound(parts_.begin() + 1, parts_.end(), offset,
                       [](std::size_t value, const Part& part) { return value < part.offset; });
  const Part& part = *std::prev(after);
  return {part.start.line, part.start.column + (offset - part.offset)};
}

SourceRange LogicalLine::RangeOf(std::string_view part) const {
  const auto offset = static_cast<std::size_t>(part.data() - text().data());
  SourceRange range{PositionOf(offset), {}};
  // The end belongs to the last byte, not to the first byte of the next physical line.
  range.end = part.empty() ? range.begin : PositionOf(offset + part.size() - 1);
  if (!part.empty()) ++range.end.column;
  return range;
}

void LogicalLine::Clear() {
  joined_.clear();
  parts_.clear();
  comments_.clear();
  has_blank_continuation_ = false;
}

void LogicalLine::Append(std::string_view piece, SourcePosition start) {
  if (parts_.empty()) {
    single_ = piece;
  } else {
    if (parts_.size() == 1) joined_.assign(single_);
    joined_.append(piece);
  }
  const std::size_t offset = parts_.empty() ? 0 : joined_.size() - piece.size();
  parts_.push_back({offset, start});
}

std::optional<std::string_view> LineReader::NextPhysical() {
  if (rest_.empty()) return std::nullopt;
  const std::size_t feed = rest_.find('\n');
  const std::string_view line = rest_.substr(0, feed == std::string_view::npos ? feed : feed + 1);
  rest_.remove_prefix(line.size());
  const std::size_t number = next_line_++;
  if (line.size() > kMaxLineBytes && !long_line_) NoteLongLine(number, line.size());
  return line;
}

void LineReader::NoteLongLine(std::size_t number, std::size_t size) {
  const SourceRange start{{number, 0}, {number, 0}};
  long_line_.emplace(
      "LineTooLong",
      fmt::format("dockerfile line greater than max allowed size of {}", kMaxLineBytes), start,
      fmt::format("line {} has {} bytes; split it with a continuation", number, size));
}

void LineReader::RefuseLongLines() {
  if (!long_line_) return;
  const SyntaxFault fault = *std::exchange(long_line_, std::nullopt);
  throw fault;
}

// A line continues after one escape character; two of them are an escaped escape character.
bool LineReader::CutContinuation(std::string_view& text) const {
  std::string_view cut = text;
  while (!cut.empty() && (cut.back() == ' ' || cut.back() == '\t')) cut.remove_suffix(1);
  if (cut.empty() || cut.back() != escape_) return false;
  cut.remove_suffix(1);
  if (!cut.empty() && cut.back() == escape_) return false;
  text = cut;
  return true;
}

// Takes a comment, skips a blank line, or starts the instruction; true when it is complete.
bool LineReader::StartLine(std::string_view physical, LogicalLine& line) {
  const std::string_view text = TrimLeftSpace(WithoutLineEnd(physical));
  if (text.empty()) return false;
  if (IsComment(text)) {
    const std::string_view comment = TrimSpace(text.substr(1));
    if (comment.empty()) {
      line.comments_.clear();
    } else {
      line.comments_.push_back(comment);
    }
    return false;
  }
  SourcePosition start{next_line_ - 1, static_cast<std::size_t>(text.data() - physical.data())};
  if (start.line == start_.line) start.column += start_.column;
  std::string_view piece = text;
  const bool continues = CutContinuation(piece);
  line.Append(piece, start);
  line.last_line_ = next_line_ - 1;
  if (continues) ContinueLine(line);
  return true;
}

void LineReader::ContinueLine(LogicalLine& line) {
  for (bool continues = true; continues;) {
    const std::optional<std::string_view> physical = NextPhysical();
    if (!physical) return;
    line.last_line_ = next_line_ - 1;
    std::string_view piece = WithoutLineEnd(*physical);
    const std::string_view trimmed = TrimLeftSpace(piece);
    if (IsComment(trimmed)) continue;
    if (trimmed.empty()) {
      line.has_blank_continuation_ = true;
      continue;
    }
    continues = CutContinuation(piece);
    line.Append(piece, {next_line_ - 1, 0});
  }
}

bool LineReader::Next(LogicalLine& line) {
  line.Clear();
  bool found = false;
  while (!found) {
    const std::optional<std::string_view> physical = NextPhysical();
    if (!physical) break;
    found = StartLine(*physical, line);
  }
  RefuseLongLines();
  return found;
}

Heredoc LineReader::ReadHeredoc(HeredocMarker marker, const SourceRange& instruction) {
  Heredoc heredoc{std::move(marker), {}, {{next_line_, 0}, {next_line_, 0}}};
  while (const std::optional<std::string_view> physical = NextPhysical()) {
    const std::string_view line =
        heredoc.marker.strip_tabs ? WithoutLeadingTabs(*physical) : *physical;
    if (WithoutLineEnd(line) == heredoc.marker.name) {
      heredoc.range.end = {next_line_ - 1, WithoutLineEnd(*physical).size()};
      return heredoc;
    }
    heredoc.body.append(*physical);
  }
  throw SyntaxFault("UnterminatedHeredoc", "unterminated heredoc", instruction,
                    fmt::format("it begins in line {}; add a line that is exactly `{}`",
                                instruction.begin.line, heredoc.marker.name));
}

}  // namespace ibuild::parser
