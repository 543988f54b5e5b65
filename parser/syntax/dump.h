// A Dockerfile as text, for tests and for `ibuild debug ast|stages|args`. The format is for
// reading, stable enough to be compared, and promised to nobody.
#pragma once

#include <string>

#include "parser/syntax/instruction.h"
#include "parser/syntax/stage.h"

namespace ibuild::parser {

// One line per instruction: its lines, its keyword and its fields, here-documents below it.
std::string DumpAst(const Dockerfile& dockerfile);
std::string DumpInstruction(const Instruction& instruction);

// One line per stage: number, name, base, platform, how many instructions.
std::string DumpStages(const Dockerfile& dockerfile);

// One line per ARG: where it is declared ("global" or the stage), name and default.
std::string DumpArgs(const Dockerfile& dockerfile);

}  // namespace ibuild::parser
