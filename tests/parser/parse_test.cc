// Dockerfile reference: parser directives, comments, continuations, instruction lines.
#include "parser/syntax/parse.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/expect_error.h"
#include "tests/parser/parsed.h"

namespace ibuild::parser {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view kFrom = "FROM scratch\n";

std::string AfterFrom(std::string_view text) { return std::string(kFrom) + std::string(text); }

// --- Parser directives -----------------------------------------------------------------------

TEST(Directives, ZoneEndsAtTheFirstOtherLine) {
  for (const std::string_view first : {"\n", "# comment\n", "FROM x\n", "# unknown=1\n"}) {
    const auto result = Parse(std::string(first) + "# escape=`\nFROM scratch\n");
    EXPECT_EQ(result.dockerfile.directives.escape, '\\') << first;
  }
}

TEST(Directives, NameIsCaseInsensitiveAndBlanksAreFree) {
  const auto result = Parse("#   EsCaPe  =  `  \nFROM scratch\n");
  EXPECT_EQ(result.dockerfile.directives.escape, '`');
  EXPECT_THAT(result.diagnostics, IsEmpty());
}

TEST(Directives, TwiceIsAnError) {
  EXPECT_THAT(ErrorsOf("# escape=`\n# escape=`\nFROM scratch\n"),
              ElementsAre("only one escape parser directive can be used"));
}

TEST(Directives, CarriageReturnsAreNoPartOfThem) {
  const auto result = Parse("# escape=`\r\n# check=skip=A\r\nFROM scratch\r\n");
  EXPECT_EQ(result.dockerfile.directives.escape, '`');
  EXPECT_THAT(result.dockerfile.directives.check.skipped_rules, ElementsAre("A"));
}

TEST(Directives, EscapeIsBackslashOrBacktick) {
  EXPECT_THAT(ErrorsOf("# escape=x\nFROM scratch\n"),
              ElementsAre("invalid escape token 'x' does not match ` or \\"));
}

TEST(Directives, WithBacktickABackslashIsOrdinary) {
  const auto result = Parse("# escape=`\nFROM scratch\nRUN dir C:\\\nRUN a `\n  b\n");
  ASSERT_THAT(result.diagnostics, IsEmpty());
  EXPECT_EQ(result.dockerfile.stages[0].instructions.size(), 2U);
}

TEST(Directives, BuiltInSyntaxIsNeverFetched) {
  for (const std::string_view image :
       {"docker/dockerfile", "docker/dockerfile:1", "docker.io/docker/dockerfile:1.7-labs",
        "docker/dockerfile-upstream:master", "docker/dockerfile@sha256:00", "dockerfile.v0",
        "mirror.example.com:5000/docker/dockerfile:1"}) {
    EXPECT_TRUE(IsBuiltInSyntax(image)) << image;
  }
  EXPECT_FALSE(IsBuiltInSyntax("example.com/mydocker/dockerfile"));
  EXPECT_FALSE(IsBuiltInSyntax("xdocker/dockerfile"));
  EXPECT_FALSE(IsBuiltInSyntax("docker/dockerfile2"));
}

TEST(Directives, AnotherFrontEndIsNamed) {
  EXPECT_THAT(ErrorsOf("# syntax=example.com/front:2 arg\nnonsense\n"),
              ElementsAre(HasSubstr("unsupported frontend \"example.com/front:2\"")));
  const SourceText source("Dockerfile", "# syntax=a/b\n");
  ExpectError(ErrorKind::kUnsupported, "unsupported frontend",
              [&] { ThrowIfErrors(ParseDockerfile(source), source); });
}

TEST(Directives, SyntaxIsFoundInOtherCommentStyles) {
  for (const std::string_view text : {"#!/usr/bin/env x\n# syntax=a/b\n", "// syntax=a/b\n",
                                      "{\"syntax\": \"a/b\"}", "\xEF\xBB\xBF# syntax=a/b\n"}) {
    EXPECT_EQ(Parse(text).dockerfile.directives.syntax, "a/b") << text;
  }
}

TEST(Directives, SyntaxOptionOverrides) {
  const SourceText source("Dockerfile", "# syntax=docker/dockerfile:1\nFROM scratch\n");
  const auto result = ParseDockerfile(source, {.syntax = "a/b", .check = std::nullopt});
  ASSERT_EQ(result.diagnostics.size(), 1U);
  EXPECT_THAT(result.diagnostics[0].message, HasSubstr("a/b"));
}

TEST(Directives, Check) {
  const CheckOptions options =
      ParseCheckOptions("skip=JSONArgsRecommended, StageNameCasing;error=true;experimental=all");
  EXPECT_THAT(options.skipped_rules, ElementsAre("JSONArgsRecommended", "StageNameCasing"));
  EXPECT_TRUE(options.error);
  EXPECT_TRUE(options.all_experimental);
  EXPECT_TRUE(ParseCheckOptions("skip=all").skip_all);
  EXPECT_THAT(ErrorsOf("# check=bogus\nFROM scratch\n"),
              ElementsAre("failed to parse check options: invalid check option \"bogus\""));
  EXPECT_THAT(ErrorsOf("# check=bogus=1\nFROM scratch\n"),
              ElementsAre("failed to parse check options: invalid check option \"bogus\""));
}

TEST(Directives, CheckOptionReplacesTheDirective) {
  const SourceText source("Dockerfile", "# check=skip=A\nFROM scratch\n");
  const auto result = ParseDockerfile(source, {.syntax = std::nullopt, .check = "skip=B"});
  EXPECT_THAT(result.dockerfile.directives.check.skipped_rules, ElementsAre("B"));
}

TEST(Directives, CommentAboveAnInstructionMutesItsRules) {
  const auto result = Parse(AfterFrom("# why\n# check=skip=A,B\nRUN x\nRUN y\n"));
  const auto& instructions = result.dockerfile.stages[0].instructions;
  EXPECT_THAT(instructions[0].source.skipped_rules, ElementsAre("A", "B"));
  EXPECT_THAT(instructions[1].source.skipped_rules, IsEmpty());
}

// --- Comments --------------------------------------------------------------------------------

TEST(Comments, LinesOnlyAndIndentedToo) {
  EXPECT_EQ(AstOf("# a\n  # b\nFROM scratch\n\t# c\nRUN x\n"),
            "3-3 FROM image=\"scratch\"\n5-5 RUN shell=\"x\"\n");
}

TEST(Comments, BetweenContinuationLinesTheyVanish) {
  EXPECT_EQ(InstructionOf("RUN a \\\n  # note\n  b"), "RUN shell=\"a   b\"");
}

TEST(Comments, LaterOnALineTheyAreText) {
  EXPECT_THAT(ErrorsOf("FROM x # c\n"),
              ElementsAre(HasSubstr("FROM requires either one or three arguments")));
  EXPECT_EQ(InstructionOf("WORKDIR /a # c"), "WORKDIR path=\"/a # c\"");
  EXPECT_EQ(InstructionOf("USER root # c"), "USER user=\"root # c\"");
  EXPECT_EQ(InstructionOf("ARG A=1 # c"), "ARG A=\"1\" # c");
  EXPECT_EQ(InstructionOf("ENTRYPOINT [\"a\"] # c"), "ENTRYPOINT shell=\"[\\\"a\\\"] # c\"");
  EXPECT_EQ(InstructionOf("COPY a b # c"), "COPY sources=[\"a\", \"b\", \"#\"] destination=\"c\"");
  EXPECT_EQ(InstructionOf("LABEL a=b # c"),
            "error: Syntax error - can't find = in \"#\". Must be of the form: name=value");
}

TEST(Comments, BlockAboveIsKept) {
  const auto result = Parse("# lost\n#\n# one\n# two\nFROM scratch\n");
  EXPECT_THAT(result.dockerfile.stages[0].source.comments, ElementsAre("one", "two"));
}

// --- Lines and continuations -----------------------------------------------------------------

TEST(Lines, PhysicalLineLimit) {
  EXPECT_THAT(ErrorsOf(AfterFrom("RUN " + std::string(65520, 'x') + "\n")), IsEmpty());
  EXPECT_THAT(ErrorsOf(AfterFrom("RUN " + std::string(65600, 'x') + "\n")),
              ElementsAre("dockerfile line greater than max allowed size of 65535"));
}

TEST(Lines, ALongLineSpoilsItsInstructionOnly) {
  const std::string line(70000, 'a');
  for (const std::string& text :
       {"RUN <<A <<B\nx\n" + line + "\nA\nwords\nB\n", "RUN x \\\n" + line + " \\\nwords\n",
        "RUN " + line + " \\\nwords\n", "# " + line + "\n"}) {
    EXPECT_THAT(ErrorsOf(AfterFrom(text + "RUN y\n")),
                ElementsAre("dockerfile line greater than max allowed size of 65535"));
  }
}

TEST(Lines, ByteOrderMarkIsDropped) {
  EXPECT_EQ(AstOf("\xEF\xBB\xBF"
                  "FROM scratch\n"),
            "1-1 FROM image=\"scratch\"\n");
}

TEST(Lines, ByteOrderMarkCountsAsBytesOfItsLine) {
  const auto result = Parse("\xEF\xBB\xBFRUNN x\n");
  ASSERT_EQ(result.diagnostics.size(), 1U);
  EXPECT_EQ(result.diagnostics[0].range, (SourceRange{{1, 3}, {1, 7}}));
}

TEST(Lines, CarriageReturnsAreCut) {
  EXPECT_EQ(AstOf("FROM scratch\r\nRUN a \\\r\n b\r\n"),
            "1-1 FROM image=\"scratch\"\n2-3 RUN shell=\"a  b\"\n");
}

TEST(Continuation, BlanksMayFollowTheEscape) {
  EXPECT_EQ(InstructionOf("RUN a\\ \t \nb"), "RUN shell=\"ab\"");
}

TEST(Continuation, AnEscapedEscapeDoesNotContinue) {
  const auto result = Parse(AfterFrom("RUN echo x \\\\\nRUN echo y\n"));
  EXPECT_EQ(result.dockerfile.stages[0].instructions.size(), 2U);
}

TEST(Continuation, ALineOfOnlyAnEscapeIsFine) {
  EXPECT_EQ(InstructionOf("RUN a \\\n\\\nb"), "RUN shell=\"a b\"");
  EXPECT_EQ(AstOf("\\\nFROM scratch\n"), "2-2 FROM image=\"scratch\"\n");
}

TEST(Continuation, OnlyTheFirstLineIsTrimmedAndNothingIsInserted) {
  EXPECT_EQ(InstructionOf("   RUN a\\\n   b\\\nc"), "RUN shell=\"a   bc\"");
}

TEST(Continuation, BlankLinesInsideAreSkippedAndNoted) {
  const auto result = Parse(AfterFrom("RUN a \\\n\n  b\n"));
  const auto& source = result.dockerfile.stages[0].instructions.at(0).source;
  EXPECT_EQ(source.text, "RUN a   b");
  EXPECT_TRUE(source.blank_continuation);
  EXPECT_EQ(source.continuation_end, 4U);
}

TEST(Continuation, AtTheEndOfTheFileIsFine) {
  EXPECT_EQ(InstructionOf("RUN echo \\"), "RUN shell=\"echo\"");
}

TEST(Continuation, OfNothingAtTheEndOfTheFile) {
  EXPECT_THAT(ErrorsOf("FROM x\n\\\n"),
              ElementsAre("dockerfile parse error on line 2: unknown instruction: "));
}

TEST(Continuation, WorksInsideQuotes) {
  EXPECT_EQ(InstructionOf("ENV A=\"x\\\ny\" B=z"), "ENV A=\"\\\"xy\\\"\" B=\"z\"");
}

TEST(Lines, InnerBlanksOfShellFormAreKept) {
  EXPECT_EQ(InstructionOf("RUN   a   b  \t"), "RUN shell=\"a   b\"");
}

// --- Instruction lines -----------------------------------------------------------------------

TEST(Keyword, AnyCaseAndAnyBlank) { EXPECT_EQ(InstructionOf("rUn\tx"), "RUN shell=\"x\""); }

TEST(Keyword, UnknownSuggestsTheNearest) {
  EXPECT_THAT(ErrorsOf(AfterFrom("RUNN x\n")),
              ElementsAre("dockerfile parse error on line 2: unknown instruction: RUNN (did you "
                          "mean RUN?)"));
  EXPECT_EQ(FaultOf("FOOBAR x"), "unknown instruction: FOOBAR");
}

TEST(Keyword, ANonBreakingSpaceDoesNotSeparate) {
  EXPECT_THAT(ErrorsOf("FROM\xC2\xA0scratch\n"), ElementsAre(HasSubstr("unknown instruction")));
}

TEST(File, Empty) { EXPECT_THAT(ErrorsOf(""), ElementsAre("the Dockerfile cannot be empty")); }

TEST(File, OnlyComments) {
  EXPECT_THAT(ErrorsOf("# a\n\n"), ElementsAre("file with no instructions"));
  EXPECT_THAT(ErrorsOf("\xEF\xBB\xBF"), ElementsAre("file with no instructions"));
}

TEST(File, OnlyArg) {
  EXPECT_THAT(ErrorsOf("ARG A\n"), ElementsAre("dockerfile contains no stages to build"));
}

TEST(File, InstructionBeforeFrom) {
  EXPECT_THAT(ErrorsOf("RUN a\nRUN b\n"), ElementsAre("no build stage in current context"));
}

TEST(File, AllIndependentErrorsAreReported) {
  EXPECT_THAT(ErrorsOf("FROM a b\nRUNN x\nCOPY a\nENV\nUSER\n"),
              ElementsAre(HasSubstr("line 1: FROM requires"), HasSubstr("line 2: unknown"),
                          HasSubstr("line 3: COPY requires"), HasSubstr("line 4: ENV requires"),
                          HasSubstr("line 5: USER requires")));
}

TEST(Arguments, Counts) {
  for (const std::string_view name : {"USER", "WORKDIR", "STOPSIGNAL", "MAINTAINER"}) {
    EXPECT_EQ(FaultOf(name), std::string(name) + " requires exactly one argument");
  }
  for (const std::string_view name :
       {"ENV", "LABEL", "ARG", "EXPOSE", "VOLUME", "HEALTHCHECK", "SHELL", "ONBUILD"}) {
    EXPECT_EQ(FaultOf(name), std::string(name) + " requires at least one argument");
  }
  for (const std::string name : {"COPY", "ADD"}) {
    EXPECT_EQ(FaultOf(name + " a"),
              name +
                  " requires at least two arguments, but only one was provided. Destination "
                  "could not be determined");
  }
  for (const std::string name : {"ENV", "LABEL", "ARG"}) {
    EXPECT_EQ(FaultOf(name + " =x"), name + " names can not be blank");
  }
  EXPECT_EQ(InstructionOf("ENV A"), "error: ENV must have two arguments");
}

// --- Errors ----------------------------------------------------------------------------------

TEST(ThrowIfErrors, OneErrorWithExcerptsAndAHint) {
  const SourceText source("Dockerfile", "FROM scratch\nRUNN x\nCPY a b\n");
  const auto result = ParseDockerfile(source);
  const auto error = CatchError([&] { ThrowIfErrors(result, source); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind(), ErrorKind::kInvalidInput);
  EXPECT_EQ(error->message(),
            "dockerfile parse error on line 2: unknown instruction: RUNN (did you mean RUN?)\n"
            "dockerfile parse error on line 3: unknown instruction: CPY (did you mean COPY?)");
  ASSERT_EQ(error->excerpts().size(), 2U);
  EXPECT_EQ(error->excerpts()[0].range, (SourceRange{{2, 0}, {2, 4}}));
  EXPECT_FALSE(error->hint().empty());
}

TEST(ThrowIfErrors, NothingToThrow) {
  const SourceText source("Dockerfile", "FROM scratch\n");
  EXPECT_NO_THROW(ThrowIfErrors(ParseDockerfile(source), source));
}

TEST(Ranges, PointAtTheExactPart) {
  const auto result = Parse(AfterFrom("COPY --chown=a \\\n  --lnk x y\n"));
  ASSERT_EQ(result.diagnostics.size(), 1U);
  EXPECT_EQ(result.diagnostics[0].range, (SourceRange{{3, 2}, {3, 7}}));
}

TEST(Ranges, InstructionEndsWithItsHeredoc) {
  const auto result = Parse(AfterFrom("RUN <<A\nx\nA\nRUN y\n"));
  const auto& instructions = result.dockerfile.stages[0].instructions;
  EXPECT_EQ(instructions[0].source.range, (SourceRange{{2, 0}, {4, 1}}));
  EXPECT_EQ(instructions[1].source.range, (SourceRange{{5, 0}, {5, 5}}));
}

// --- ONBUILD triggers ------------------------------------------------------------------------

TEST(ParseTrigger, ReadsOneInstruction) {
  const Instruction instruction = ParseTrigger("RUN cat <<E >f\nx\nE");
  ASSERT_TRUE(std::holds_alternative<parser::Run>(instruction.body));
  EXPECT_EQ(std::get<parser::Run>(instruction.body).command.text, "cat <<E >f\nx\nE");
}

TEST(ParseTrigger, FaultsSurfaceWithoutALineNumber) {
  ExpectError(ErrorKind::kInvalidInput, "unknown instruction: NONSENSE",
              [] { ParseTrigger("NONSENSE x"); });
  ExpectError(ErrorKind::kInvalidInput, "isn't allowed as an ONBUILD trigger",
              [] { ParseTrigger("FROM x"); });
  ExpectError(ErrorKind::kInvalidInput, "single expression", [] { ParseTrigger("RUN a\nRUN b"); });
  ExpectError(ErrorKind::kInvalidInput, "single expression", [] { ParseTrigger(""); });
}

}  // namespace
}  // namespace ibuild::parser
