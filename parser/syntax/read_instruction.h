// From the text of one instruction to its typed value: one reader per instruction, found by
// keyword. A reader throws SyntaxFault for what Docker's parser would refuse.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "parser/syntax/instruction.h"
#include "parser/syntax/instruction_text.h"

namespace ibuild::parser {

// Throws SyntaxFault `unknown instruction: RUNN (did you mean RUN?)`.
InstructionBody ReadInstruction(const InstructionText& text);

// Whether `keyword` (upper case) may bring here-documents along, itself or as a trigger of ONBUILD,
// given what follows it; an exec form may not.
bool TakesHeredocs(std::string_view keyword, std::string_view rest);

// The readers, by family. read_from.cc:
InstructionBody ReadFrom(const InstructionText& text);
InstructionBody ReadArg(const InstructionText& text);
// read_run.cc:
InstructionBody ReadRun(const InstructionText& text);
// read_copy.cc:
InstructionBody ReadCopy(const InstructionText& text);
InstructionBody ReadAdd(const InstructionText& text);
// read_settings.cc:
InstructionBody ReadEnv(const InstructionText& text);
InstructionBody ReadLabel(const InstructionText& text);
InstructionBody ReadWorkdir(const InstructionText& text);
InstructionBody ReadUser(const InstructionText& text);
InstructionBody ReadExpose(const InstructionText& text);
InstructionBody ReadVolume(const InstructionText& text);
InstructionBody ReadOnBuild(const InstructionText& text);
InstructionBody ReadMaintainer(const InstructionText& text);
// read_process.cc:
InstructionBody ReadCmd(const InstructionText& text);
InstructionBody ReadEntrypoint(const InstructionText& text);
InstructionBody ReadShell(const InstructionText& text);
InstructionBody ReadHealthcheck(const InstructionText& text);
InstructionBody ReadStopSignal(const InstructionText& text);

// Shared by several families (read_instruction.cc).
// `part`, which lies in the instruction, in exec or shell form; throws for an array of other
// things.
ShellOrExec ReadShellOrExec(const InstructionText& text, std::string_view part);
// JSON strings or blank-separated words.
struct WordList {
  std::vector<Word> words;
  bool json_form = false;
};
WordList ReadWordList(const InstructionText& text);
// The rest as one word; throws `X requires exactly one argument` when it is empty.
Word ReadOnlyArgument(const InstructionText& text);
// Throws `X requires at least one argument` when the rest is empty, or in any case.
void RequireArguments(const InstructionText& text);
[[noreturn]] void FailMissingArguments(const InstructionText& text);
// "write USER USER[:GROUP]"
std::string UsageHint(const InstructionText& text);

}  // namespace ibuild::parser
