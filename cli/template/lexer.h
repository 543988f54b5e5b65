// A template's text as tokens.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ibuild::cli::go_template {

struct Token {
  enum class Kind {
    kText,      // between the actions
    kOpen,      // "{{"
    kClose,     // "}}"
    kWord,      // if, range, a function, true, nil
    kField,     // ".Name": text is "Name"; "." alone: empty
    kVariable,  // "$", "$x"
    kString,    // unquoted
    kNumber,
    kSymbol,  // ( ) | , = :=
  };
  Kind kind = Kind::kText;
  std::string text;
  bool after_space = false;  // ".A .B" are two operands, ".A.B" is one
};

// Comments are gone, and the blanks that "{{-" and "-}}" ask to go. Throws kUsage.
std::vector<Token> Tokenize(std::string_view text);

}  // namespace ibuild::cli::go_template
