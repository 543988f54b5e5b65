// One instruction taken apart but not yet understood: keyword, flags, the rest, here-documents.
// What the readers of read_instruction.h work on, with the ways to fail that they share.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "parser/syntax/heredoc.h"
#include "parser/syntax/logical_lines.h"
#include "parser/syntax/word.h"

namespace ibuild::parser {

// A word that began with "--", its quotes and escapes already resolved.
struct FlagWord {
  std::string text;
  SourceRange range;
};

struct InstructionText {
  const LogicalLine* line = nullptr;
  char escape = '\\';
  std::string_view keyword;  // as written
  std::string name;          // the keyword in upper case
  std::vector<FlagWord> flags;
  std::string_view rest;  // after the flags, trimmed
  std::vector<Heredoc> heredocs;
  bool is_trigger = false;  // from ONBUILD: line numbers of the Dockerfile mean nothing

  Word MakeWord(std::string_view part) const { return {std::string(part), line->RangeOf(part)}; }

  // Throws SyntaxFault with Docker's prefix "dockerfile parse error on line N: " (none for
  // triggers).
  [[noreturn]] void Fail(std::string_view rule, std::string_view message, std::string_view part,
                         std::string hint = {}) const;
  [[noreturn]] void FailAt(std::string_view rule, std::string_view message, SourceRange range,
                           std::string hint = {}) const;
  // The same without the prefix, which Docker leaves out for faults of the outermost syntax.
  [[noreturn]] void FailPlainly(std::string_view rule, std::string message, std::string_view part,
                                std::string hint = {}) const;
};

// Keyword, flags and rest of `line`. Here-documents are read by the caller.
InstructionText TakeApart(const LogicalLine& line, char escape);

}  // namespace ibuild::parser
