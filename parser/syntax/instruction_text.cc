#include "parser/syntax/instruction_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "parser/syntax/chars.h"
#include "parser/syntax/syntax_fault.h"
#include "support/text.h"

namespace ibuild::parser {
namespace {

// Where the flag word at the front of `text` ends, quotes and escapes observed.
std::size_t FlagWordEnd(std::string_view text, char escape) {
  char quote = '\0';
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (quote == '\0' && (IsWordBlank(c) || c == '\n')) break;
    if (c == escape) {
      ++at;
    } else if (quote == '\0' ? c == '\'' || c == '"' : c == quote) {
      quote = quote == '\0' ? c : '\0';
    }
  }
  return std::min(at, text.size());
}

// The word without its quotes and escapes.
std::string Unquote(std::string_view word, char escape) {
  const char special[] = {'\'', '"', escape};
  if (word.find_first_of(std::string_view(special, sizeof(special))) == std::string_view::npos) {
    return std::string(word);
  }
  std::string plain;
  char quote = '\0';
  for (std::size_t at = 0; at < word.size(); ++at) {
    const char c = word[at];
    if (c == escape) {
      if (++at < word.size()) plain.push_back(word[at]);
    } else if (quote == '\0' ? c == '\'' || c == '"' : c == quote) {
      quote = quote == '\0' ? c : '\0';
    } else {
      plain.push_back(c);
    }
  }
  return plain;
}

void TakeFlags(InstructionText& instruction) {
  for (;;) {
    instruction.rest = TrimWordBlanks(instruction.rest);
    if (!instruction.rest.starts_with("--")) return;
    const std::string_view written =
        instruction.rest.substr(0, FlagWordEnd(instruction.rest, instruction.escape));
    instruction.rest.remove_prefix(written.size());
    std::string word = Unquote(written, instruction.escape);
    if (word == "--") return;
    instruction.flags.push_back({std::move(word), instruction.line->RangeOf(written)});
  }
}

}  // namespace

InstructionText TakeApart(const LogicalLine& line, char escape) {
  InstructionText instruction;
  instruction.line = &line;
  instruction.escape = escape;
  const std::string_view text = TrimSpace(line.text());
  std::size_t end = 0;
  while (end < text.size() && !IsWordBlank(text[end])) ++end;
  instruction.keyword = text.substr(0, end);
  instruction.name = ToUpper(instruction.keyword);
  instruction.rest = text.substr(end);
  TakeFlags(instruction);
  instruction.rest = TrimSpace(instruction.rest);
  return instruction;
}

void InstructionText::FailAt(std::string_view rule, std::string_view message, SourceRange range,
                             std::string hint) const {
  std::string text = is_trigger ? std::string(message)
                                : fmt::format("dockerfile parse error on line {}: {}",
                                              line->first_line(), message);
  throw SyntaxFault(std::string(rule), std::move(text), range, std::move(hint));
}

void InstructionText::Fail(std::string_view rule, std::string_view message, std::string_view part,
                           std::string hint) const {
  FailAt(rule, message, line->RangeOf(part), std::move(hint));
}

void InstructionText::FailPlainly(std::string_view rule, std::string message, std::string_view part,
                                  std::string hint) const {
  throw SyntaxFault(std::string(rule), std::move(message), line->RangeOf(part), std::move(hint));
}

}  // namespace ibuild::parser
