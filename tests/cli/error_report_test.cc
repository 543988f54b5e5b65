#include "cli/render/error_report.h"

#include <gtest/gtest.h>

namespace ibuild::cli {
namespace {

const Palette kPlain(false);

const SourceText kDockerfile("Dockerfile",
                             "FROM debian:12\nENV A=1\nRUNN false\nRUN true\nCMD x\n");

TEST(RenderError, HasContextMessageAndHint) {
  const Error error = Error(ErrorKind::kNotFound, "no such tag")
                          .WithContext("resolving debian:13")
                          .WithHint("check the tag");
  EXPECT_EQ(RenderError(error, kPlain),
            "error: resolving debian:13: no such tag\nhint: check the tag\n");
}

TEST(RenderError, MarksTheExactPart) {
  const Error error = Error(ErrorKind::kInvalidInput, "unknown instruction: RUNN")
                          .WithExcerpt(MakeExcerpt(kDockerfile, {{3, 0}, {3, 4}}))
                          .WithHint("did you mean RUN?");
  EXPECT_EQ(RenderError(error, kPlain),
            "Dockerfile:3\n"
            "--------------------\n"
            "   1 |     FROM debian:12\n"
            "   2 |     ENV A=1\n"
            "   3 | >>> RUNN false\n"
            "     |     ^^^^\n"
            "   4 |     RUN true\n"
            "   5 |     CMD x\n"
            "--------------------\n"
            "error: unknown instruction: RUNN\n"
            "hint: did you mean RUN?\n");
}

TEST(RenderExcerpt, AWholeLineNeedsNoCarets) {
  const std::string text = RenderExcerpt(MakeExcerpt(kDockerfile, {{4, 0}, {4, 8}}), kPlain);
  EXPECT_NE(text.find("   4 | >>> RUN true\n"), std::string::npos);
  EXPECT_EQ(text.find('^'), std::string::npos);
}

TEST(RenderExcerpt, MarksEveryLineOfALongerRange) {
  const std::string text = RenderExcerpt(MakeExcerpt(kDockerfile, {{2, 0}, {4, 0}}), kPlain);
  EXPECT_NE(text.find("   2 | >>> ENV A=1\n   3 | >>> RUNN false\n   4 |     RUN true\n"),
            std::string::npos)
      << text;
}

TEST(RenderExcerpt, CaretsStandBelowCharactersAndTabs) {
  const SourceText source("f", "\xc3\xa4\t\xc3\xb6 bad\n");
  const std::string text = RenderExcerpt(MakeExcerpt(source, {{1, 6}, {1, 9}}), kPlain);
  EXPECT_NE(text.find("     |      \t  ^^^\n"), std::string::npos) << text;
}

TEST(RenderError, NoTextDrivesTheTerminal) {
  const SourceText source("\x1b[2Jf", "RUN \x1b]0;gotcha\a\n");
  const Error error = Error(ErrorKind::kInvalidInput, "bad \x1b[31m")
                          .WithHint("see \x1b[0m")
                          .WithExcerpt(MakeExcerpt(source, {{1, 0}, {1, 3}}));
  EXPECT_EQ(RenderError(error, kPlain).find('\x1b'), std::string::npos);
}

TEST(RenderError, ColoursOnRequest) {
  EXPECT_EQ(RenderError(Error(ErrorKind::kUsage, "x"), Palette(true)), "\x1b[31merror:\x1b[0m x\n");
}

}  // namespace
}  // namespace ibuild::cli
