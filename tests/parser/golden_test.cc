// Whole files: testdata/dockerfiles/<case>/Dockerfile with the dump of what was read and everything
// that is to be said about it.
#include "tests/parser/golden.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "parser/check/lint.h"
#include "parser/syntax/dump.h"
#include "parser/syntax/parse.h"

namespace ibuild::parser {
namespace {

std::string Render(const std::vector<Diagnostic>& diagnostics) {
  std::string text;
  for (const Diagnostic& diagnostic : diagnostics) {
    const auto& [begin, end] = diagnostic.range;
    text += fmt::format("{}:{}-{}:{} {} {}: {}\n", begin.line, begin.column, end.line, end.column,
                        diagnostic.severity == Severity::kError ? "error" : "warning",
                        diagnostic.rule, diagnostic.message);
    if (!diagnostic.hint.empty()) text += "    hint: " + diagnostic.hint + "\n";
  }
  return text;
}

std::vector<std::string> Cases() {
  std::vector<std::string> cases;
  for (const auto& entry : std::filesystem::directory_iterator("testdata/dockerfiles")) {
    if (entry.is_directory()) cases.push_back(entry.path().filename());
  }
  std::ranges::sort(cases);
  return cases;
}

TEST(Golden, Dockerfiles) {
  const std::vector<std::string> cases = Cases();
  EXPECT_GE(cases.size(), 10U);
  for (const std::string& name : cases) {
    SCOPED_TRACE(name);
    const std::string folder = "testdata/dockerfiles/" + name;
    const SourceText source("Dockerfile", ReadText(folder + "/Dockerfile"));
    ParseResult result = ParseDockerfile(source);
    for (Diagnostic& finding : Lint(result.dockerfile, {})) {
      result.diagnostics.push_back(std::move(finding));
    }
    SortByPosition(result.diagnostics);
    ExpectGolden(folder + "/ast.golden", DumpAst(result.dockerfile));
    ExpectGolden(folder + "/diagnostics.golden", Render(result.diagnostics));
  }
}

// Files that a reference builder was seen to accept are read without an error.
TEST(Corpus, ConformanceCases) {
  std::size_t accepted = 0;
  for (const auto& entry : std::filesystem::directory_iterator("testdata/conformance")) {
    const std::string folder = entry.path();
    const std::string expectation = ReadText(folder + "/case.json");
    if (expectation.find("\"failure\"") != std::string::npos) continue;
    if (!std::filesystem::exists(folder + "/Dockerfile")) continue;
    ++accepted;
    const SourceText source("Dockerfile", ReadText(folder + "/Dockerfile"));
    const ParseResult result = ParseDockerfile(source);
    EXPECT_TRUE(result.diagnostics.empty()) << folder << "\n" << Render(result.diagnostics);
  }
  EXPECT_GT(accepted, 100U);
}

TEST(Golden, Dumps) {
  const SourceText source("Dockerfile", ReadText("testdata/dockerfiles/stages/Dockerfile"));
  const ParseResult result = ParseDockerfile(source);
  ExpectGolden("testdata/dockerfiles/stages/stages.golden", DumpStages(result.dockerfile));
  ExpectGolden("testdata/dockerfiles/stages/args.golden", DumpArgs(result.dockerfile));
}

}  // namespace
}  // namespace ibuild::parser
