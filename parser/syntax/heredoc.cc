#include "parser/syntax/heredoc.h"

#include <algorithm>
#include <utility>

#include "parser/syntax/chars.h"

namespace ibuild::parser {
namespace {

// Walks a command line as a shell would, far enough to know where its words end.
class WordScanner {
 public:
  explicit WordScanner(std::string_view text) : text_(text) {}

  // The next word with its quotes and escapes; nothing at the end, or where a quote stays open.
  std::optional<std::string_view> Next() {
    SkipSpaces();
    if (at_ == text_.size()) return std::nullopt;
    const std::size_t start = at_;
    while (at_ < text_.size() && SpaceLengthAt(text_, at_) == 0) {
      if (!SkipUnit()) return std::nullopt;
    }
    return text_.substr(start, at_ - start);
  }

 private:
  void SkipSpaces() {
    while (at_ < text_.size()) {
      const std::size_t length = SpaceLengthAt(text_, at_);
      if (length == 0) return;
      at_ += length;
    }
  }

  bool LooksAt(std::string_view what) const { return text_.substr(at_).starts_with(what); }

  // One character, or all of what begins here and belongs together.
  bool SkipUnit() {
    const char c = text_[at_];
    if (c == '\'' || c == '"') return SkipQuoted(c);
    if (c == '\\') {
      at_ = std::min(at_ + 2, text_.size());
    } else if (LooksAt("$((")) {
      SkipArithmetic();
    } else if (LooksAt("<<")) {  // "<< EOF" is one word; "<<- EOF" is two, and no marker
      at_ += 2;
      SkipSpaces();
    } else {
      ++at_;
    }
    return true;
  }

  bool SkipQuoted(char quote) {
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == quote) {
        ++at_;
        return true;
      }
      if (text_[at_] == '\\' && quote == '"') ++at_;
    }
    return false;
  }

  // In $((1 << 2)) the operator shifts; it does not start a here-document. Parentheses that never
  // close are no arithmetic, and are looked for once only, so that many of them cost no more.
  void SkipArithmetic() {
    std::size_t depth = 0;
    for (std::size_t i = at_ + 1; !unbalanced_ && i < text_.size(); ++i) {
      if (text_[i] == '(') ++depth;
      if (text_[i] == ')' && --depth == 0) {
        at_ = i + 1;
        return;
      }
    }
    unbalanced_ = true;
    ++at_;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool unbalanced_ = false;
};

// The delimiter without its quotes and escapes; nothing when a quote stays open, or when blanks
// outside of quotes make two words of it.
std::optional<HeredocMarker> ReadDelimiter(std::string_view word) {
  HeredocMarker marker;
  char quote = '\0';
  for (std::size_t i = 0; i < word.size(); ++i) {
    const char c = word[i];
    if (quote != '\0' ? c == quote : c == '\'' || c == '"') {
      quote = quote != '\0' ? '\0' : c;
      marker.expand = false;
    } else if (quote != '\'' && c == '\\' && i + 1 < word.size()) {
      marker.name.push_back(word[++i]);
    } else if (quote == '\0' && SpaceLengthAt(word, i) != 0) {
      return std::nullopt;
    } else {
      marker.name.push_back(c);
    }
  }
  if (quote != '\0') return std::nullopt;
  return marker;
}

}  // namespace

std::string Heredoc::Content() const {
  if (!marker.strip_tabs) return body;
  std::string content;
  content.reserve(body.size());
  bool at_line_start = true;
  for (const char c : body) {
    if (at_line_start && c == '\t') continue;
    content.push_back(c);
    at_line_start = c == '\n';
  }
  return content;
}

std::optional<HeredocMarker> ParseHeredocMarker(std::string_view word) {
  std::size_t at = 0;
  while (at < word.size() && IsDigit(word[at])) ++at;
  const std::string_view descriptor = word.substr(0, at);
  if (!word.substr(at).starts_with("<<")) return std::nullopt;
  at += 2;
  const bool strip_tabs = at < word.size() && word[at] == '-';
  if (strip_tabs) ++at;
  const std::string_view delimiter = TrimLeftSpace(word.substr(at));
  if (delimiter.empty() || delimiter.find('<') != std::string_view::npos) return std::nullopt;
  std::optional<HeredocMarker> marker = ReadDelimiter(delimiter);
  if (!marker || marker->name.empty()) return std::nullopt;
  marker->descriptor = descriptor;
  marker->strip_tabs = strip_tabs;
  return marker;
}

std::vector<HeredocMarker> FindHeredocMarkers(std::string_view text) {
  std::vector<HeredocMarker> markers;
  if (text.find("<<") == std::string_view::npos) return markers;
  WordScanner words(text);
  while (const std::optional<std::string_view> word = words.Next()) {
    if (std::optional<HeredocMarker> marker = ParseHeredocMarker(*word)) {
      markers.push_back(std::move(*marker));
    }
  }
  return markers;
}

std::optional<HeredocMarker> LoneHeredocMarker(std::string_view text) {
  WordScanner words(text);
  const std::optional<std::string_view> word = words.Next();
  if (!word || words.Next()) return std::nullopt;
  return ParseHeredocMarker(*word);
}

std::string RenderHeredocs(const std::vector<Heredoc>& heredocs) {
  std::string text;
  for (const Heredoc& heredoc : heredocs) {
    text += '\n';
    text += heredoc.body;
    text += heredoc.marker.name;
  }
  return text;
}

}  // namespace ibuild::parser
