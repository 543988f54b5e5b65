// A whole Dockerfile: directives, the ARGs before the first FROM, and the stages.
#pragma once

#include <string>
#include <vector>

#include "parser/syntax/directives.h"
#include "parser/syntax/instruction.h"

namespace ibuild::parser {

struct Stage {
  std::string name;  // lower-cased; empty when the FROM has no AS
  From from;
  InstructionSource source;               // of the FROM line
  std::vector<Instruction> instructions;  // what follows it, never a From
};

struct GlobalArg {
  Arg arg;
  InstructionSource source;
};

struct Dockerfile {
  ParserDirectives directives;
  std::vector<GlobalArg> global_args;  // visible in FROM lines only, until declared again
  std::vector<Stage> stages;
};

}  // namespace ibuild::parser
