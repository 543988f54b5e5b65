#include "parser/lint.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "parser/lint_rules.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::parser {
namespace {

bool Names(const std::vector<std::string>& rules, std::string_view rule) {
  return std::ranges::any_of(
      rules, [&](const std::string& name) { return EqualsIgnoringCase(name, rule); });
}

// "CopyIgnoredFile" to "copy-ignored-file", "JSONArgsRecommended" to "json-args-recommended".
std::string KebabCase(std::string_view name) {
  const auto is_upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  std::string kebab;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const bool starts_word =
        i > 0 && is_upper(name[i]) &&
        (!is_upper(name[i - 1]) || (i + 1 < name.size() && !is_upper(name[i + 1])));
    if (starts_word) kebab.push_back('-');
    kebab += ToLower(name.substr(i, 1));
  }
  return kebab;
}

}  // namespace

const std::vector<LintRule>& LintRules() {
  static const std::vector<LintRule> rules = {
      {"StageNameCasing", "Stage names should be lowercase", false, true, CheckStageNameCasing},
      {"FromAsCasing", "The 'as' keyword should match the case of the 'from' keyword", false, true,
       CheckFromAsCasing},
      {"NoEmptyContinuation", "Empty continuation lines will become errors in a future release",
       false, true, CheckNoEmptyContinuation},
      {"ConsistentInstructionCasing",
       "All commands within the Dockerfile should use the same casing (either upper or lower)",
       false, true, CheckConsistentInstructionCasing},
      {"DuplicateStageName", "Stage names should be unique", false, true, CheckDuplicateStageName},
      {"ReservedStageName", "Reserved words should not be used as stage names", false, true,
       CheckReservedStageName},
      {"JSONArgsRecommended",
       "JSON arguments recommended for ENTRYPOINT/CMD to prevent unintended behavior related to OS "
       "signals",
       false, true, CheckJsonArgsRecommended},
      {"MaintainerDeprecated",
       "The MAINTAINER instruction is deprecated, use a label instead to define an image author",
       false, true, CheckMaintainerDeprecated},
      {"UndefinedArgInFrom", "FROM command must use declared ARGs", false, true,
       CheckUndefinedArgInFrom},
      {"WorkdirRelativePath",
       "Relative workdir without an absolute workdir declared within the build can have unexpected "
       "results if the base image changes",
       false, true, CheckWorkdirRelativePath},
      {"UndefinedVar", "Variables should be defined before their use", false, true,
       CheckUndefinedVar},
      {"MultipleInstructionsDisallowed",
       "Multiple instructions of the same type should not be used in the same stage", false, true,
       CheckMultipleInstructionsDisallowed},
      {"LegacyKeyValueFormat",
       "Legacy key/value format with whitespace separator should not be used", false, true,
       CheckLegacyKeyValueFormat},
      {"InvalidBaseImagePlatform", "Base image platform does not match expected target platform",
       false, true, CheckInvalidBaseImagePlatform},
      {"RedundantTargetPlatform",
       "Setting platform to predefined $TARGETPLATFORM in FROM is redundant as this is the default "
       "behavior",
       false, true, CheckRedundantTargetPlatform},
      {"SecretsUsedInArgOrEnv", "Sensitive data should not be used in the ARG or ENV commands",
       false, true, CheckSecretsUsedInArgOrEnv},
      {"InvalidDefaultArgInFrom",
       "Default value for global ARG results in an empty or invalid base image name", false, true,
       CheckInvalidDefaultArgInFrom},
      {"FromPlatformFlagConstDisallowed", "FROM --platform flag should not use a constant value",
       false, true, CheckFromPlatformFlagConstDisallowed},
      {"CopyIgnoredFile", "Attempting to Copy file that is excluded by .dockerignore", false, true,
       CheckCopyIgnoredFile},
      {"InvalidDefinitionDescription",
       "Comment for build stage or argument should follow the format: `# <arg/stage name> "
       "<description>`. If this is not intended to be a description comment, add an empty line or "
       "comment between the instruction and the comment.",
       true, true, CheckInvalidDefinitionDescription},
      {"ExposeProtoCasing", "Protocol in EXPOSE instruction should be lowercase", false, true,
       CheckExposeProtoCasing},
      {"ExposeInvalidFormat",
       "IP address and host-port mapping should not be used in EXPOSE instruction. This will "
       "become "
       "an error in a future release",
       false, true, CheckExposeInvalidFormat},
      {"SecretArgInRun", "A secret given as a build argument stays in the image's history", false,
       false, CheckSecretArgInRun},
      {"AptUpdateAlone", "A package list in a step of its own is cached until it is stale", false,
       false, CheckAptUpdateAlone},
      {"AptInstallWithoutYes", "apt-get asks a question that nobody can answer during a build",
       false, false, CheckAptInstallWithoutYes},
      {"AddInsteadOfCopy", "ADD unpacks archives and fetches URLs; COPY only copies", false, false,
       CheckAddInsteadOfCopy},
      {"UnpinnedBaseImage", "A reproducible build needs base images pinned by digest", false, false,
       CheckUnpinnedBaseImage},
      {"LatestTag", "The tag latest is another image tomorrow", false, false, CheckLatestTag},
      {"CopyBeforeInstall",
       "Copying everything before dependencies are installed repeats the installation after every "
       "edit",
       false, false, CheckCopyBeforeInstall},
      {"CopyManyWithoutSlash",
       "Several sources overwrite one another in a destination that does not end with a slash",
       false, false, CheckCopyManyWithoutSlash},
      {"HeredocWithoutErrexit", "A here-document goes on after a command that fails", false, false,
       CheckHeredocWithoutErrexit},
      {"LostShellState", "What a RUN does to its own shell ends with it", false, false,
       CheckLostShellState},
      {"SudoInRun", "A build step has no one to become root from", false, false, CheckSudoInRun},
      {"TrailingComment", "Only a line of its own is a comment", false, false,
       CheckTrailingComment},
  };
  return rules;
}

std::string LintRule::Url() const {
  if (!docker) return {};
  return fmt::format("https://docs.docker.com/go/dockerfile/rule/{}/", KebabCase(name));
}

bool Findings::Begin(const LintRule& rule) {
  rule_ = &rule;
  if (options_.skip_all || Names(options_.skipped_rules, rule.name)) return false;
  return !rule.experimental || options_.all_experimental ||
         Names(options_.experimental_rules, rule.name);
}

void Findings::Report(const InstructionSource& source, const SourceRange& range,
                      std::string message, std::string hint) {
  if (Names(source.skipped_rules, "all") || Names(source.skipped_rules, rule_->name)) return;
  diagnostics_.push_back({.severity = Severity::kWarning,
                          .rule = std::string(rule_->name),
                          .message = std::move(message),
                          .range = range,
                          .instruction = source.range,
                          .hint = std::move(hint),
                          .description = std::string(rule_->description),
                          .url = rule_->Url()});
}

std::vector<Diagnostic> Lint(const Dockerfile& dockerfile, const LintContext& context) {
  Evaluation evaluation = Evaluate(dockerfile, context);
  std::vector<Diagnostic> diagnostics = std::move(evaluation.errors);
  const LintInput input{dockerfile, context, evaluation};
  Findings findings(dockerfile.directives.check, diagnostics);
  for (const LintRule& rule : LintRules()) {
    if (findings.Begin(rule)) rule.check(input, findings);
  }
  SortByPosition(diagnostics);
  return diagnostics;
}

void ThrowIfCheckFails(const Dockerfile& dockerfile, const std::vector<Diagnostic>& findings,
                       const SourceText& source) {
  if (!dockerfile.directives.check.error) return;
  std::vector<std::string> rules;
  std::vector<Excerpt> excerpts;
  for (const Diagnostic& finding : findings) {
    if (finding.severity != Severity::kWarning || finding.url.empty()) continue;
    if (!Names(rules, finding.rule)) rules.push_back(finding.rule);
    excerpts.push_back(MakeExcerpt(source, finding.range));
  }
  if (rules.empty()) return;
  std::ranges::sort(rules);
  Error error(ErrorKind::kInvalidInput,
              fmt::format("lint violation found for rules: {}", Join(rules, ", ")));
  for (Excerpt& excerpt : excerpts) error.AddExcerpt(std::move(excerpt));
  throw std::move(error).WithHint("the file asks for this with # check=error=true");
}

}  // namespace ibuild::parser
