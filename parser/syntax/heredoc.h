// Here-documents (Dockerfile reference, "Here-Documents"): `<<NAME`, `<<-NAME`, `3<<"NAME"`.
//
// A marker is one word of a RUN, COPY or ADD line; its body is the physical lines after the
// instruction, up to a line that equals the delimiter. Several bodies follow one another in the
// order of their markers.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/source_text.h"

namespace ibuild::parser {

// What one word says: "3<<-'EOF'" is {name "EOF", descriptor "3", expand false, strip_tabs true}.
struct HeredocMarker {
  std::string name;        // the delimiter without quotes
  std::string descriptor;  // digits before "<<", often empty; only a shell cares
  bool expand = true;      // false when any part of the delimiter is quoted
  bool strip_tabs = false;
};

struct Heredoc {
  HeredocMarker marker;
  std::string body;   // as written, with its line ends (CRLF kept)
  SourceRange range;  // the body's lines and the terminator

  // What the document says: the body, for <<- without the leading tabs of its lines.
  std::string Content() const;
};

// A marker obeys the quoting rules of a shell, so its escape character is always the backslash.

// All markers in the text of one instruction (after the keyword and the flags), in order.
// Arithmetic such as $((1 << 2)) is not a marker.
std::vector<HeredocMarker> FindHeredocMarkers(std::string_view text);

// The marker that `word`, a single shell word, is; nothing when it is something else.
std::optional<HeredocMarker> ParseHeredocMarker(std::string_view word);

// The one marker of a text that is nothing but a here-document ("<<EOF"); nothing otherwise.
std::optional<HeredocMarker> LoneHeredocMarker(std::string_view text);

// Bodies and terminators again, as a shell wants to see them after its command line.
std::string RenderHeredocs(const std::vector<Heredoc>& heredocs);

}  // namespace ibuild::parser
