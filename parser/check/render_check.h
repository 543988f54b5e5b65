// The result of `--check` as text, as JSON in the shape of Docker's `--call=check,format=json`, and
// as SARIF 2.1.0 (OASIS), which code hosts show beside a pull request.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "parser/syntax/diagnostic.h"
#include "support/source_text.h"

namespace ibuild::parser {

struct CheckReport {
  const SourceText& source;
  std::vector<Diagnostic> diagnostics;  // of ParseDockerfile and Lint together, by position
  // "lint violation found for rules: A": what `# check=error=true` makes of them; else empty.
  std::string violation = {};
};

// 0 without findings, else 1.
int CheckExitCode(const CheckReport& report);

// How an excerpt looks is the terminal's business; it is given by the caller.
using ExcerptRenderer = std::function<std::string(const Excerpt&)>;
std::string RenderCheckText(const CheckReport& report, const ExcerptRenderer& excerpt);

std::string RenderCheckJson(const CheckReport& report);
std::string RenderCheckSarif(const CheckReport& report, std::string_view version);

// "UndefinedVar: Usage of undefined variable '$X' (line 3)", as the plain progress shows it; no
// place for a finding at line 0, which is about the command line.
std::string RenderWarningLine(const Diagnostic& diagnostic);

}  // namespace ibuild::parser
