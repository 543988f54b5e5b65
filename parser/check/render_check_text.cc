#include <fmt/format.h>

#include <algorithm>

#include "parser/check/render_check.h"

namespace ibuild::parser {
namespace {

std::size_t Count(const CheckReport& report, Severity severity) {
  return static_cast<std::size_t>(
      std::ranges::count(report.diagnostics, severity, &Diagnostic::severity));
}

std::string Heading(std::size_t warnings, std::size_t errors) {
  if (errors == 1) return "Check failed, 1 error has been found!\n";
  if (errors > 1) return fmt::format("Check failed, {} errors have been found!\n", errors);
  if (warnings == 0) return "Check complete, no warnings found.\n";
  if (warnings == 1) return "Check complete, 1 warning has been found!\n";
  return fmt::format("Check complete, {} warnings have been found!\n", warnings);
}

}  // namespace

int CheckExitCode(const CheckReport& report) { return report.diagnostics.empty() ? 0 : 1; }

std::string RenderCheckText(const CheckReport& report, const ExcerptRenderer& excerpt) {
  std::string text = Heading(Count(report, Severity::kWarning), Count(report, Severity::kError));
  for (const Diagnostic& diagnostic : report.diagnostics) {
    const bool error = diagnostic.severity == Severity::kError;
    text += fmt::format("\n{}: {}", error ? "ERROR" : "WARNING", diagnostic.rule);
    if (!diagnostic.url.empty()) text += " - " + diagnostic.url;
    text += "\n" + diagnostic.message + "\n";
    text += excerpt(MakeExcerpt(report.source, diagnostic.range));
    if (!diagnostic.hint.empty()) text += "hint: " + diagnostic.hint + "\n";
  }
  if (!report.violation.empty()) text += fmt::format("\nERROR: {}\n", report.violation);
  return text;
}

std::string RenderWarningLine(const Diagnostic& diagnostic) {
  const std::size_t line = diagnostic.instruction.begin.line;
  const std::string place = line == 0 ? "" : fmt::format(" (line {})", line);
  return fmt::format("{}: {}{}", diagnostic.rule, diagnostic.message, place);
}

}  // namespace ibuild::parser
