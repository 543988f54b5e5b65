#include "parser/check/lint.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "parser/check/lint_rules.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::parser {
namespace {

bool Names(const std::vector<std::string>& rules, std::string_view rule) {
  return std::ranges::any_of(rules, [&](const std::string& name) { return name == rule; });
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

bool IsDockerRule(std::string_view name) {
  const auto rules = LintRules();
  const auto rule = std::ranges::find(rules, name, &LintRule::name);
  return rule != rules.end() && rule->docker;
}

}  // namespace

std::string LintRule::Url() const {
  if (!docker || name == "InvalidBaseImagePlatform") return {};  // the one without a page
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

bool IsWarningOfDockers(const Diagnostic& finding) {
  return finding.severity == Severity::kWarning && IsDockerRule(finding.rule);
}

void ThrowIfCheckFails(const Dockerfile& dockerfile, const std::vector<Diagnostic>& findings,
                       const SourceText& source) {
  if (!dockerfile.directives.check.error) return;
  std::vector<std::string> rules;
  std::vector<Excerpt> excerpts;
  for (const Diagnostic& finding : findings) {
    if (!IsWarningOfDockers(finding)) continue;
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
