#include "parser/instruction_text.h"

#include <fmt/format.h>

#include <utility>

#include "parser/chars.h"
#include "parser/syntax_fault.h"
#include "support/text.h"

namespace ibuild::parser {
namespace {

// Reads the flag word at the front of `text` and cuts it off; its quotes and escapes are resolved.
std::string TakeFlagWord(std::string_view& text, char escape) {
  std::string word;
  char quote = '\0';
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (quote == '\0' && (IsWordBlank(c) || c == '\n')) break;
    if (quote == '\0' && (c == '\'' || c == '"')) {
      quote = c;
    } else if (quote != '\0' && c == quote) {
      quote = '\0';
    } else if (c != escape) {
      word.push_back(c);
    } else if (at + 1 < text.size()) {
      word.push_back(text[++at]);
    }
  }
  text.remove_prefix(at);
  return word;
}

void TakeFlags(InstructionText& instruction) {
  for (;;) {
    instruction.rest = TrimWordBlanks(instruction.rest);
    if (!instruction.rest.starts_with("--")) return;
    const std::string_view before = instruction.rest;
    std::string word = TakeFlagWord(instruction.rest, instruction.escape);
    if (word == "--") return;
    const std::string_view written = before.substr(0, before.size() - instruction.rest.size());
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
