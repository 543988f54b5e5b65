// Physical lines joined to logical ones: one per instruction (Dockerfile reference, "Format" and
// "escape").
//
// A line continues when it ends in a single escape character, blanks after it allowed. Comments and
// blank lines between the parts vanish. The first part is trimmed on the left, the others are not,
// and nothing is put between them. Every byte of the joined text can be traced to where it stood.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "parser/syntax/heredoc.h"
#include "parser/syntax/syntax_fault.h"
#include "support/source_text.h"

namespace ibuild::parser {

inline constexpr std::size_t kMaxLineBytes = 65535;  // of a physical line, its end included

class LogicalLine {
 public:
  std::string_view text() const { return parts_.size() == 1 ? single_ : std::string_view(joined_); }

  SourcePosition PositionOf(std::size_t offset) const;  // offset <= text().size()
  SourceRange RangeOf(std::string_view part) const;     // `part` must point into text()

  std::size_t first_line() const { return parts_.front().start.line; }
  std::size_t last_line() const { return last_line_; }
  // The comments above, trimmed and without "#"; a bare "#" starts the block anew.
  const std::vector<std::string_view>& comments() const { return comments_; }
  // Whether blank lines stand between the parts.
  bool has_blank_continuation() const { return has_blank_continuation_; }

 private:
  friend class LineReader;
  struct Part {
    std::size_t offset;  // in text()
    SourcePosition start;
  };

  void Clear();
  void Append(std::string_view piece, SourcePosition start);

  std::string_view single_;  // the text, when it has one part
  std::string joined_;       // the text, when it has several
  std::vector<Part> parts_;
  std::vector<std::string_view> comments_;
  std::size_t last_line_ = 1;
  bool has_blank_continuation_ = false;
};

// Pulls logical lines, and the here-documents that an instruction turns out to have, from a text.
class LineReader {
 public:
  // `start` is where `text` begins in its file: what stands before it is somebody else's (a byte
  // order mark, parser directives). `text` must outlive the reader and its lines.
  LineReader(std::string_view text, SourcePosition start, char escape)
      : rest_(text), start_(start), next_line_(start.line), escape_(escape) {}

  // Fills `line` (whose storage is reused) with the next instruction; false at the end. Throws as
  // RefuseLongLines does; reading may go on after it.
  bool Next(LogicalLine& line);

  // The body of a here-document, which starts at the next physical line. Throws SyntaxFault
  // `unterminated heredoc`; the range is given by `instruction`.
  Heredoc ReadHeredoc(HeredocMarker marker, const SourceRange& instruction);

  // Throws SyntaxFault for the first physical line over kMaxLineBytes that was read since the last
  // call. Only after all that belongs to an instruction, so that the fault does not make
  // instructions of the rest of it.
  void RefuseLongLines();

 private:
  std::optional<std::string_view> NextPhysical();  // with its line end
  void NoteLongLine(std::size_t number, std::size_t size);
  bool StartLine(std::string_view physical, LogicalLine& line);
  void ContinueLine(LogicalLine& line);
  bool CutContinuation(std::string_view& text) const;

  std::string_view rest_;
  SourcePosition start_;
  std::size_t next_line_;
  char escape_;
  std::optional<SyntaxFault> long_line_;
};

}  // namespace ibuild::parser
