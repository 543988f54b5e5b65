// What the tests of this room say over and over: parse a text, look at its dump or at its errors.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "parser/syntax/dump.h"
#include "parser/syntax/parse.h"

namespace ibuild::parser {

inline ParseResult Parse(std::string_view text) {
  return ParseDockerfile(SourceText("Dockerfile", std::string(text)));
}

// The messages of all errors.
inline std::vector<std::string> ErrorsOf(std::string_view text) {
  std::vector<std::string> messages;
  for (const Diagnostic& diagnostic : Parse(text).diagnostics) {
    messages.push_back(diagnostic.message);
  }
  return messages;
}

// The dump of a file without errors.
inline std::string AstOf(std::string_view text) {
  const ParseResult result = Parse(text);
  for (const Diagnostic& diagnostic : result.diagnostics) {
    ADD_FAILURE() << diagnostic.range.begin.line << ": " << diagnostic.message;
  }
  return DumpAst(result.dockerfile);
}

// The dump of one instruction in a stage, without its line numbers.
inline std::string InstructionOf(std::string_view text) {
  const ParseResult result = Parse("FROM scratch\n" + std::string(text));
  if (!result.diagnostics.empty()) return "error: " + result.diagnostics[0].message;
  const auto& instructions = result.dockerfile.stages.at(0).instructions;
  if (instructions.size() != 1) return "not one instruction";
  std::string dump = DumpInstruction(instructions[0]);
  dump.pop_back();  // the line feed
  return dump.substr(dump.find(' ') + 1);
}

// The error of one instruction in line 2, without Docker's prefix.
inline std::string FaultOf(std::string_view text) {
  const std::string dump = InstructionOf(text);
  const std::string prefix = "error: dockerfile parse error on line 2: ";
  return dump.starts_with(prefix) ? dump.substr(prefix.size()) : "not an error: " + dump;
}

}  // namespace ibuild::parser
