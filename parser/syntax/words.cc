#include "parser/syntax/words.h"

#include <algorithm>
#include <cstddef>

#include "parser/syntax/chars.h"

namespace ibuild::parser {
namespace {

constexpr std::size_t kUsualWords = 8;  // of an instruction

}  // namespace

std::vector<std::string_view> SplitBlanks(std::string_view text) {
  std::vector<std::string_view> words;
  words.reserve(kUsualWords);
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t start = at;
    while (at < text.size() && !IsWordBlank(text[at])) ++at;
    if (at > start) words.push_back(text.substr(start, at - start));
    while (at < text.size() && IsWordBlank(text[at])) ++at;
  }
  return words;
}

namespace {

// Where the word that starts at `at` ends.
std::size_t QuotedWordEnd(std::string_view text, std::size_t at, char escape) {
  char quote = '\0';
  while (at < text.size()) {
    const char c = text[at];
    if (quote == '\0' && SpaceLengthAt(text, at) != 0) break;
    if (c == escape && quote != '\'') {
      if (++at < text.size()) at += CharLengthAt(text, at);
      continue;
    }
    if (quote == '\0' ? c == '\'' || c == '"' : c == quote) quote = quote == '\0' ? c : '\0';
    ++at;
  }
  return at;
}

bool EndsInLoneEscape(std::string_view word, char escape) {
  const std::size_t last_other = word.find_last_not_of(escape);
  const std::size_t run = word.size() - (last_other == std::string_view::npos ? 0 : last_other + 1);
  return run % 2 == 1;
}

}  // namespace

std::vector<std::string_view> SplitQuotedWords(std::string_view text, char escape) {
  std::vector<std::string_view> words;
  words.reserve(kUsualWords);
  std::size_t at = 0;
  while (at < text.size()) {
    if (const std::size_t space = SpaceLengthAt(text, at); space != 0) {
      at += space;
      continue;
    }
    const std::size_t end = QuotedWordEnd(text, at, escape);
    std::string_view word = text.substr(at, end - at);
    if (end == text.size() && EndsInLoneEscape(word, escape)) word.remove_suffix(1);
    if (!word.empty()) words.push_back(word);
    at = end;
  }
  return words;
}

}  // namespace ibuild::parser
