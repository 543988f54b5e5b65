// The syntax tree of a template.
//
//   template  ::= (text | "{{" action "}}")*
//   action    ::= pipeline | if | range | with | "else" ... | "end" | "break" | "continue"
//   pipeline  ::= [variables (":=" | "=")] command ("|" command)*
//   command   ::= operand+                           the first may be a function's name
//   operand   ::= ("." | "$"name | literal | function | "(" pipeline ")") ("." name)*
#pragma once

#include <string>
#include <vector>

#include "cli/template/value.h"

namespace ibuild::cli::go_template {

struct Pipeline;

struct Operand {
  enum class Kind { kDot, kVariable, kLiteral, kFunction, kPipeline };
  Kind kind = Kind::kDot;
  std::string name;  // of the variable ("$" is the whole data) or function
  Value literal;
  std::vector<Pipeline> inner;      // kPipeline: exactly one
  std::vector<std::string> fields;  // ".Config.Env" after it
};

using Command = std::vector<Operand>;  // never empty

struct Pipeline {
  std::vector<std::string> variables;  // that are set, with "$"
  bool declares = false;               // ":=", not "="
  std::vector<Command> commands;
};

struct Statement {
  enum class Kind { kText, kPrint, kIf, kRange, kWith, kBreak, kContinue };
  Kind kind = Kind::kText;
  std::string text;
  Pipeline pipeline;
  std::vector<Statement> body;
  std::vector<Statement> otherwise;  // after "else"
};

using Block = std::vector<Statement>;

// Throws kUsage with the place of what is wrong.
Block Parse(std::string_view text);

}  // namespace ibuild::cli::go_template
