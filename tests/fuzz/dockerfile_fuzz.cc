// Any bytes as a Dockerfile: parsing, linting and rendering end in values, and ranges make sense.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "parser/check/lint.h"
#include "parser/check/render_check.h"
#include "parser/meaning/outline.h"
#include "parser/syntax/dump.h"
#include "parser/syntax/parse.h"
#include "support/error.h"

using namespace ibuild;
using namespace ibuild::parser;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const SourceText source("Dockerfile",
                          std::string(reinterpret_cast<const char*>(data), size));  // bytes as text
  ParseResult result = ParseDockerfile(source);
  for (const Diagnostic& diagnostic : result.diagnostics) {
    if (diagnostic.range.end < diagnostic.range.begin) std::abort();
    if (diagnostic.range.begin.line > source.line_count() + 1) std::abort();
    if (diagnostic.message.empty() || diagnostic.rule.empty()) std::abort();
  }
  for (Diagnostic& finding : Lint(result.dockerfile, {})) {
    result.diagnostics.push_back(std::move(finding));
  }
  const CheckReport report{source, result.diagnostics};
  RenderCheckSarif(report, "");
  RenderCheckJson(report);
  DumpAst(result.dockerfile);
  if (!result.dockerfile.stages.empty()) MakeOutline(result.dockerfile, {});
  return 0;
}
