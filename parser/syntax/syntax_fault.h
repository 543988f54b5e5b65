// How a reader of one instruction gives up: it throws a SyntaxFault, which parse.cc catches, keeps
// as a Diagnostic and goes on with the next instruction. Never leaves this room.
#pragma once

#include <exception>
#include <string>
#include <utility>

#include "parser/syntax/diagnostic.h"

namespace ibuild::parser {

class SyntaxFault : public std::exception {
 public:
  SyntaxFault(std::string rule, std::string message, SourceRange range, std::string hint = {})
      : diagnostic_{.severity = Severity::kError,
                    .rule = std::move(rule),
                    .message = std::move(message),
                    .range = range,
                    .instruction = range,
                    .hint = std::move(hint)} {}

  const Diagnostic& diagnostic() const { return diagnostic_; }
  const char* what() const noexcept override { return diagnostic_.message.c_str(); }

 private:
  Diagnostic diagnostic_;
};

}  // namespace ibuild::parser
