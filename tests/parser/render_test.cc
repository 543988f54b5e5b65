// Checks, targets and outlines as text, JSON and SARIF.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "parser/check/json_writer.h"
#include "parser/check/lint.h"
#include "parser/check/render_check.h"
#include "parser/meaning/outline.h"
#include "tests/expect_error.h"
#include "tests/parser/golden.h"
#include "tests/parser/parsed.h"

namespace ibuild::parser {
namespace {

using testing::HasSubstr;

// "Dockerfile:2" and no more: how an excerpt looks is tested where it is drawn.
std::string PlaceOnly(const Excerpt& excerpt) {
  return excerpt.source_name + ":" + std::to_string(excerpt.range.begin.line) + "\n";
}

CheckReport ReportOn(const SourceText& source) {
  ParseResult result = ParseDockerfile(source);
  CheckReport report{source, std::move(result.diagnostics)};
  for (Diagnostic& finding : Lint(result.dockerfile, {})) {
    report.diagnostics.push_back(std::move(finding));
  }
  SortByPosition(report.diagnostics);
  return report;
}

TEST(RenderCheckText, NoFindings) {
  const SourceText source("Dockerfile", "FROM scratch\n");
  const CheckReport report = ReportOn(source);
  EXPECT_EQ(RenderCheckText(report, PlaceOnly), "Check complete, no warnings found.\n");
  EXPECT_EQ(CheckExitCode(report), 0);
}

TEST(RenderCheckText, AsDockerPrints) {
  const SourceText source("Dockerfile", "FROM scratch\nMAINTAINER x\n");
  const CheckReport report = ReportOn(source);
  EXPECT_EQ(RenderCheckText(report, PlaceOnly),
            "Check complete, 1 warning has been found!\n"
            "\n"
            "WARNING: MaintainerDeprecated - "
            "https://docs.docker.com/go/dockerfile/rule/maintainer-deprecated/\n"
            "Maintainer instruction is deprecated in favor of using label\n"
            "Dockerfile:2\n"
            "hint: write LABEL org.opencontainers.image.authors=\"x\"\n");
  EXPECT_EQ(CheckExitCode(report), 1);
  EXPECT_EQ(RenderWarningLine(report.diagnostics[0]),
            "MaintainerDeprecated: Maintainer instruction is deprecated in favor of using label "
            "(line 2)");
}

TEST(RenderWarningLine, AboutTheCommandLine) {
  Diagnostic warning{.rule = "UnusedBuildArg", .message = "not declared"};
  warning.instruction.begin.line = 0;
  EXPECT_EQ(RenderWarningLine(warning), "UnusedBuildArg: not declared");
}

TEST(RenderCheck, ViolationOfCheckErrorIsAnErrorWithoutAPlace) {
  const SourceText source("Dockerfile", "FROM scratch\nMAINTAINER x\n");
  CheckReport report = ReportOn(source);
  report.violation = "lint violation found for rules: MaintainerDeprecated";
  EXPECT_THAT(RenderCheckText(report, PlaceOnly),
              testing::EndsWith("\nERROR: lint violation found for rules: MaintainerDeprecated\n"));
  EXPECT_THAT(RenderCheckJson(report), HasSubstr(R"("buildError")"));
  EXPECT_EQ(CheckExitCode(report), 1);
}

TEST(RenderCheckText, Counts) {
  const SourceText two("Dockerfile", "FROM scratch\nMAINTAINER x\nCMD a\n");
  EXPECT_THAT(RenderCheckText(ReportOn(two), PlaceOnly),
              HasSubstr("Check complete, 2 warnings have been found!"));
  const SourceText broken("Dockerfile", "FROM scratch\nRUNN\n");
  EXPECT_THAT(RenderCheckText(ReportOn(broken), PlaceOnly),
              HasSubstr("Check failed, 1 error has been found!\n\nERROR: UnknownInstruction\n"));
}

// The shape is Docker's: https://docs.docker.com/reference/cli/docker/buildx/build/#call
TEST(RenderCheckJson, ShapeOfDocker) {
  const SourceText source("Dockerfile", "FROM scratch\nRUNN a\nCMD \\\n  a\n");
  ExpectGolden("testdata/dockerfiles/check.json.golden", RenderCheckJson(ReportOn(source)));
}

TEST(RenderCheckSarif, Whole) {
  const SourceText source("Dockerfile", "FROM scratch\nRUNN a\nCMD \\\n  a\n");
  ExpectGolden("testdata/dockerfiles/check.sarif.golden",
               RenderCheckSarif(ReportOn(source), "1.2"));
}

TEST(RenderCheckSarif, ColumnsAreCodePointsFromOne) {
  const SourceText source("app/Dockerfile", "FROM scratch\nCOPY \u00e4\u00f6 $U /x/\n");
  const std::string sarif = RenderCheckSarif(ReportOn(source), "1.2");
  EXPECT_THAT(sarif, HasSubstr("\"version\": \"2.1.0\""));
  EXPECT_THAT(sarif, HasSubstr("\"columnKind\": \"unicodeCodePoints\""));
  EXPECT_THAT(sarif, HasSubstr("\"uri\": \"app/Dockerfile\""));
  EXPECT_THAT(sarif, HasSubstr("\"ruleId\": \"UndefinedVar\",\n          \"ruleIndex\": 0"));
  EXPECT_THAT(sarif, HasSubstr("\"startLine\": 2,\n                  \"startColumn\": 9,\n"
                               "                  \"endLine\": 2,\n"
                               "                  \"endColumn\": 11"));
}

TEST(JsonWriter, EscapesWhatJsonCannotHold) {
  JsonWriter json;
  json.BeginArray().String("\"\\\n\t\x01\xff\u00e9").BeginObject().EndObject().EndArray();
  EXPECT_EQ(std::move(json).Finish(),
            "[\n  \"\\\"\\\\\\n\\t\\u0001\xEF\xBF\xBD\u00e9\",\n  {}\n]\n");
}

TEST(Base64, Padding) {
  EXPECT_EQ(Base64(""), "");
  EXPECT_EQ(Base64("f"), "Zg==");
  EXPECT_EQ(Base64("fo"), "Zm8=");
  EXPECT_EQ(Base64("foo"), "Zm9v");
  EXPECT_EQ(Base64("foob\xff"), "Zm9vYv8=");
}

constexpr std::string_view kOutlined =
    "# VERSION of the base\n"
    "ARG VERSION=1\n"
    "ARG TAG=v$VERSION\n"
    "ARG UNUSED=x\n"
    "# base what all start from\n"
    "FROM a:$TAG AS base\n"
    "# DEBUG more talk\n"
    "ARG DEBUG\n"
    "FROM base AS other\n"
    "ARG NOT_NEEDED\n"
    "# app the program\n"
    "FROM b:1 AS app\n"
    "COPY --from=base a /\n"
    "RUN --mount=type=secret,id=s --mount=type=ssh,required x\n"
    "RUN --mount=type=secret,id=s,required y\n";

TEST(Outline, ArgsOfTheTargetAndWhatItNeeds) {
  LintContext context;
  context.build_args = {{"DEBUG", "yes"}};
  EXPECT_EQ(RenderOutlineText(MakeOutline(Parse(kOutlined).dockerfile, context)),
            "TARGET:      app\n"
            "DESCRIPTION: the program\n"
            "\n"
            "BUILD ARG   VALUE   DESCRIPTION\n"
            "VERSION     1       of the base\n"
            "TAG         v1\n"
            "DEBUG       yes     more talk\n"
            "\n"
            "SECRET   REQUIRED\n"
            "s        true\n"
            "\n"
            "SSH       REQUIRED\n"
            "default   true\n"
            "\n");
}

TEST(Outline, UnknownTarget) {
  LintContext context;
  context.target = "ap";
  ExpectError(ErrorKind::kNotFound, "target stage \"ap\" could not be found (did you mean app?)",
              [&] { MakeOutline(Parse(kOutlined).dockerfile, context); });
}

TEST(Targets, Text) {
  EXPECT_EQ(RenderTargetsText(ListTargets(Parse(kOutlined).dockerfile)),
            "TARGET        DESCRIPTION\n"
            "base          what all start from\n"
            "other\n"
            "app (default) the program\n");
  EXPECT_EQ(RenderTargetsText(ListTargets(Parse("FROM scratch\n").dockerfile)),
            "TARGET    DESCRIPTION\n(default)\n");
}

TEST(Targets, Json) {
  const SourceText source("Dockerfile", "FROM --platform=$P a AS b\n");
  EXPECT_EQ(RenderTargetsJson(ListTargets(ParseDockerfile(source).dockerfile), source), R"({
  "targets": [
    {
      "name": "b",
      "default": true,
      "base": "a",
      "platform": "$P",
      "location": {
        "ranges": [
          {
            "start": {
              "line": 1
            },
            "end": {
              "line": 1
            }
          }
        ]
      }
    }
  ],
  "sources": [
    "RlJPTSAtLXBsYXRmb3JtPSRQIGEgQVMgYgo="
  ]
}
)");
}

}  // namespace
}  // namespace ibuild::parser
