// The flags of one instruction, checked against what it knows (Dockerfile reference, the options of
// RUN, COPY, ADD, FROM and HEALTHCHECK).
#pragma once

#include <initializer_list>
#include <optional>
#include <string_view>
#include <vector>

#include "parser/syntax/instruction_text.h"
#include "parser/syntax/word.h"

namespace ibuild::parser {

enum class FlagKind {
  kValue,  // --chown=VALUE, once; `--chown=` is there and empty
  kList,   // --mount=VALUE, any number of times
  kBool,   // --link, --link=true, --link=FALSE
};

struct FlagSpec {
  std::string_view name;  // without the dashes
  FlagKind kind;
};

class InstructionFlags {
 public:
  // Throws SyntaxFault for a flag that `known` does not have, one given twice, a missing value or
  // a bad boolean.
  InstructionFlags(const InstructionText& instruction, std::initializer_list<FlagSpec> known);

  std::optional<Word> Value(std::string_view name) const;
  std::vector<Word> Values(std::string_view name) const;
  std::optional<bool> Bool(std::string_view name) const;

 private:
  struct Given {
    std::string_view name;
    Word value;
  };
  std::vector<Given> given_;
};

// For instructions that have none.
void RefuseFlags(const InstructionText& instruction);

}  // namespace ibuild::parser
