// Inside of lint: what a rule is given, where it reports, and the rules themselves, one function
// each, in one file per family.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "parser/check/lint.h"
#include "parser/meaning/evaluate.h"

namespace ibuild::parser {

struct LintInput {
  const Dockerfile& dockerfile;
  const LintContext& context;
  const Evaluation& evaluation;
};

// Collects what one rule after the other finds, less what the file does not want to hear.
class Findings {
 public:
  Findings(const CheckOptions& options, std::vector<Diagnostic>& diagnostics)
      : options_(options), diagnostics_(diagnostics) {}

  // False when the rule is off for the whole file.
  bool Begin(const LintRule& rule);
  void Report(const InstructionSource& source, const SourceRange& range, std::string message,
              std::string hint = {});

 private:
  const CheckOptions& options_;
  std::vector<Diagnostic>& diagnostics_;
  const LintRule* rule_ = nullptr;
};

// Calls visit(const Body&, const InstructionSource&) for every instruction of that kind in a stage.
template <typename Body, typename Visit>
void ForEach(const Dockerfile& dockerfile, const Visit& visit) {
  for (const Stage& stage : dockerfile.stages) {
    for (const Instruction& instruction : stage.instructions) {
      if (const auto* body = std::get_if<Body>(&instruction.body)) visit(*body, instruction.source);
    }
  }
}

// True when the name says that the value is a secret: DB_PASSWORD, but not PUBLIC_KEY.
bool IsSecretName(std::string_view name);

// lint_style.cc: names, letter case and spelling of instructions.
void CheckStageNameCasing(const LintInput& input, Findings& findings);
void CheckFromAsCasing(const LintInput& input, Findings& findings);
void CheckNoEmptyContinuation(const LintInput& input, Findings& findings);
void CheckConsistentInstructionCasing(const LintInput& input, Findings& findings);
void CheckDuplicateStageName(const LintInput& input, Findings& findings);
void CheckReservedStageName(const LintInput& input, Findings& findings);
void CheckMaintainerDeprecated(const LintInput& input, Findings& findings);
void CheckLegacyKeyValueFormat(const LintInput& input, Findings& findings);
void CheckInvalidDefinitionDescription(const LintInput& input, Findings& findings);

// lint_from.cc: base images and platforms.
void CheckUndefinedArgInFrom(const LintInput& input, Findings& findings);
void CheckInvalidDefaultArgInFrom(const LintInput& input, Findings& findings);
void CheckInvalidBaseImagePlatform(const LintInput& input, Findings& findings);
void CheckRedundantTargetPlatform(const LintInput& input, Findings& findings);
void CheckFromPlatformFlagConstDisallowed(const LintInput& input, Findings& findings);
void CheckLatestTag(const LintInput& input, Findings& findings);
void CheckUnpinnedBaseImage(const LintInput& input, Findings& findings);

// lint_values.cc: variables, paths, ports, processes.
void CheckUndefinedVar(const LintInput& input, Findings& findings);
void CheckSecretsUsedInArgOrEnv(const LintInput& input, Findings& findings);
void CheckWorkdirRelativePath(const LintInput& input, Findings& findings);
void CheckCopyIgnoredFile(const LintInput& input, Findings& findings);
void CheckExposeProtoCasing(const LintInput& input, Findings& findings);
void CheckExposeInvalidFormat(const LintInput& input, Findings& findings);
void CheckJsonArgsRecommended(const LintInput& input, Findings& findings);
void CheckMultipleInstructionsDisallowed(const LintInput& input, Findings& findings);

// lint_pitfalls.cc and lint_commands.cc: our own.
void CheckSecretArgInRun(const LintInput& input, Findings& findings);
void CheckAddInsteadOfCopy(const LintInput& input, Findings& findings);
void CheckCopyBeforeInstall(const LintInput& input, Findings& findings);
void CheckCopyManyWithoutSlash(const LintInput& input, Findings& findings);
void CheckTrailingComment(const LintInput& input, Findings& findings);
void CheckHeredocWithoutErrexit(const LintInput& input, Findings& findings);
void CheckAptUpdateAlone(const LintInput& input, Findings& findings);
void CheckAptInstallWithoutYes(const LintInput& input, Findings& findings);
void CheckLostShellState(const LintInput& input, Findings& findings);
void CheckSudoInRun(const LintInput& input, Findings& findings);

}  // namespace ibuild::parser
