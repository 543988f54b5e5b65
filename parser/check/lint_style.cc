// Names, letter case and spelling of instructions.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "parser/check/lint_rules.h"
#include "support/text.h"

namespace ibuild::parser {
namespace {

bool IsLower(std::string_view text) { return text == ToLower(text); }
bool IsUpper(std::string_view text) { return text == ToUpper(text); }

// Every FROM and every instruction of a stage, as Docker counts them: global ARGs do not take part.
template <typename Visit>
void ForEachSource(const Dockerfile& dockerfile, const Visit& visit) {
  for (const Stage& stage : dockerfile.stages) {
    visit(stage.source);
    for (const Instruction& instruction : stage.instructions) visit(instruction.source);
  }
}

void CheckDescription(const InstructionSource& source, std::string_view keyword,
                      const std::vector<std::string>& names, Findings& findings) {
  if (source.comments.empty() || names.empty()) return;
  const std::string& comment = source.comments.back();
  const std::string first_word = comment.substr(0, comment.find(' '));
  if (std::ranges::find(names, first_word) != names.end()) return;
  findings.Report(source, source.range,
                  fmt::format("Comment for {} should follow the format: `# {} <description>`",
                              keyword, names.size() > 1 ? "<arg_key>" : names.front()));
}

std::vector<std::string> ArgNames(const Arg& arg) {
  std::vector<std::string> names;
  for (const ArgDeclaration& declaration : arg.declarations) {
    names.push_back(declaration.name.text);
  }
  return names;
}

}  // namespace

void CheckStageNameCasing(const LintInput& input, Findings& findings) {
  for (const Stage& stage : input.dockerfile.stages) {
    if (!stage.from.stage || IsLower(stage.from.stage->text)) continue;
    findings.Report(stage.source, stage.from.stage->range,
                    fmt::format("Stage name '{}' should be lowercase", stage.from.stage->text),
                    fmt::format("write {}", stage.name));
  }
}

void CheckFromAsCasing(const LintInput& input, Findings& findings) {
  for (const Stage& stage : input.dockerfile.stages) {
    if (!stage.from.as) continue;
    const std::string& from = stage.source.keyword;
    const std::string& as = stage.from.as->text;
    // A keyword of mixed case is the business of ConsistentInstructionCasing.
    if (IsLower(from) ? IsLower(as) : !IsUpper(from) || IsUpper(as)) continue;
    findings.Report(stage.source, stage.from.as->range,
                    fmt::format("'{}' and '{}' keywords' casing do not match", as, from),
                    fmt::format("write {}", IsLower(from) ? "as" : "AS"));
  }
}

void CheckNoEmptyContinuation(const LintInput& input, Findings& findings) {
  const auto check = [&](const InstructionSource& source) {
    if (!source.blank_continuation) return;
    InstructionSource last_line = source;
    last_line.range.begin = {source.continuation_end, 0};
    last_line.range.end = {source.continuation_end, 0};
    findings.Report(last_line, last_line.range, "Empty continuation line",
                    "remove the blank line, or make it a comment with #");
  };
  for (const GlobalArg& arg : input.dockerfile.global_args) check(arg.source);
  ForEachSource(input.dockerfile, check);
}

void CheckConsistentInstructionCasing(const LintInput& input, Findings& findings) {
  std::size_t lower = 0;
  std::size_t upper = 0;
  ForEachSource(input.dockerfile, [&](const InstructionSource& source) {
    if (IsLower(source.keyword)) ++lower;
    if (IsUpper(source.keyword)) ++upper;
  });
  const bool wants_lower = lower > upper;
  ForEachSource(input.dockerfile, [&](const InstructionSource& source) {
    if (wants_lower ? IsLower(source.keyword) : IsUpper(source.keyword)) return;
    findings.Report(
        source, source.keyword_range,
        fmt::format("Command '{}' should match the case of the command majority ({})",
                    source.keyword, wants_lower ? "lowercase" : "uppercase"),
        fmt::format("write {}", wants_lower ? ToLower(source.keyword) : ToUpper(source.keyword)));
  });
}

void CheckDuplicateStageName(const LintInput& input, Findings& findings) {
  std::set<std::string_view> names;
  for (const Stage& stage : input.dockerfile.stages) {
    if (stage.name.empty() || names.insert(stage.name).second) continue;
    findings.Report(
        stage.source, stage.from.stage->range,
        fmt::format("Duplicate stage name {}, stage names should be unique", Quote(stage.name)),
        "COPY --from and --target take the last stage of that name");
  }
}

void CheckReservedStageName(const LintInput& input, Findings& findings) {
  for (const Stage& stage : input.dockerfile.stages) {
    if (stage.name != "scratch" && stage.name != "context") continue;
    findings.Report(stage.source, stage.from.stage->range,
                    fmt::format("Stage name should not use the same name as reserved stage {}",
                                Quote(stage.name)));
  }
}

void CheckMaintainerDeprecated(const LintInput& input, Findings& findings) {
  ForEach<Maintainer>(
      input.dockerfile, [&](const Maintainer& maintainer, const InstructionSource& source) {
        findings.Report(source, source.keyword_range,
                        "Maintainer instruction is deprecated in favor of using label",
                        fmt::format("write LABEL org.opencontainers.image.authors={}",
                                    Quote(maintainer.author)));
      });
}

void CheckLegacyKeyValueFormat(const LintInput& input, Findings& findings) {
  const auto check = [&](const auto& body, const InstructionSource& source) {
    if (!body.legacy_form) return;
    const std::string name = ToUpper(source.keyword);
    const KeyValue& pair = body.pairs.front();
    findings.Report(
        source, {pair.key.range.begin, pair.value.range.end},
        fmt::format("\"{0} key=value\" should be used instead of legacy \"{0} key value\" format",
                    name),
        fmt::format("write {} {}={}", name, pair.key.text, Quote(pair.value.text)));
  };
  ForEach<Env>(input.dockerfile, check);
  ForEach<Label>(input.dockerfile, check);
}

void CheckInvalidDefinitionDescription(const LintInput& input, Findings& findings) {
  for (const GlobalArg& arg : input.dockerfile.global_args) {
    CheckDescription(arg.source, "ARG", ArgNames(arg.arg), findings);
  }
  for (const Stage& stage : input.dockerfile.stages) {
    if (!stage.name.empty()) CheckDescription(stage.source, "FROM", {stage.name}, findings);
  }
  ForEach<Arg>(input.dockerfile, [&](const Arg& arg, const InstructionSource& source) {
    CheckDescription(source, "ARG", ArgNames(arg), findings);
  });
}

}  // namespace ibuild::parser
