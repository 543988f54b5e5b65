// The values that a Dockerfile's variables have where they are used, as far as the text, the build
// arguments and known base images tell: what the lint rules and the outline look at. The planner
// does this again with everything resolved; here, what is not known is left out.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "parser/check/lint.h"
#include "parser/syntax/stage.h"

namespace ibuild::parser {

// A variable that was looked up and is neither set nor declared.
struct UndefinedUse {
  std::string name;
  std::string suggestion;  // a declared name close to it; may be empty
  SourceRange range;       // of the word
  const InstructionSource* source = nullptr;
};

struct DeclaredArg {
  std::string name;
  std::optional<std::string> value;
  const Word* default_value = nullptr;  // as written
  const InstructionSource* source = nullptr;
  bool inherited = false;  // in a stage: the value is that of the global ARG
};

struct EvaluatedInstruction {
  const Instruction* instruction = nullptr;
  // Expanded: the sources of COPY and ADD, the ports of EXPOSE, the path of WORKDIR.
  std::vector<Word> words;
};

struct EvaluatedStage {
  const Stage* stage = nullptr;
  std::optional<std::size_t> parent;    // stage that this one starts from
  std::string base;                     // image or stage name, variables expanded
  std::string platform;                 // empty: no --platform
  std::optional<BaseImageFacts> facts;  // of an image that is known; scratch is
  bool shell_at_start = false;          // a SHELL in a parent or in the known base
  std::vector<EvaluatedInstruction> instructions;
  std::vector<DeclaredArg> args;
};

struct Evaluation {
  std::vector<DeclaredArg> global_args;
  std::vector<EvaluatedStage> stages;
  std::vector<UndefinedUse> undefined;          // in stages
  std::vector<UndefinedUse> undefined_in_from;  // in FROM lines
  std::vector<Diagnostic> errors;               // words that do not expand
};

Evaluation Evaluate(const Dockerfile& dockerfile, const LintContext& context);

// The value of TARGETSTAGE: the target as it was asked for, else the name of the last stage, else
// "default".
std::string TargetStageOf(const Dockerfile& dockerfile, const std::string& target);

}  // namespace ibuild::parser
