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
  std::string body;   // with its line ends (CRLF kept); leading tabs already gone for <<-
  SourceRange range;  // the body's lines and the terminator
};

// All markers in the text of one instruction (after the keyword and the flags), in order. `escape`
// is the file's escape character. Arithmetic such as $((1 << 2)) is not a marker.
std::vector<HeredocMarker> FindHeredocMarkers(std::string_view text, char escape);

// The marker that `word`, a single shell word, is; nothing when it is something else.
std::optional<HeredocMarker> ParseHeredocMarker(std::string_view word, char escape);

// The one marker of a text that is nothing but a here-document ("<<EOF"); nothing otherwise.
std::optional<HeredocMarker> LoneHeredocMarker(std::string_view text, char escape);

// Bodies and terminators again, as a shell wants to see them after its command line.
std::string RenderHeredocs(const std::vector<Heredoc>& heredocs);

}  // namespace ibuild::parser
