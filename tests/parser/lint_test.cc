// Docker's build checks (docs.docker.com/reference/build-checks) and our own: every rule has a text
// that it finds and one that it leaves alone.
#include "parser/check/lint.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/expect_error.h"
#include "tests/parser/parsed.h"

namespace ibuild::parser {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<Diagnostic> LintText(std::string_view text, const LintContext& context = {}) {
  const ParseResult result = Parse(text);
  for (const Diagnostic& diagnostic : result.diagnostics) {
    ADD_FAILURE() << diagnostic.message << "\n" << text;
  }
  return Lint(result.dockerfile, context);
}

// "line: message" of what one rule finds.
std::vector<std::string> Findings(std::string_view rule, std::string_view text,
                                  const LintContext& context = {}) {
  std::vector<std::string> findings;
  for (const Diagnostic& finding : LintText(text, context)) {
    if (finding.rule != rule) continue;
    findings.push_back(fmt::format("{}: {}", finding.instruction.begin.line, finding.message));
  }
  return findings;
}

TEST(LintRules, TwentyTwoOfDockerAndMoreOfOurs) {
  const auto docker = std::ranges::count(LintRules(), true, &LintRule::docker);
  EXPECT_EQ(docker, 22);
  EXPECT_GE(std::ssize(LintRules()) - docker, 8);
}

TEST(LintRules, UrlsAreDockers) {
  const auto url = [](std::string_view name) {
    return std::ranges::find(LintRules(), name, &LintRule::name)->Url();
  };
  EXPECT_EQ(url("CopyIgnoredFile"),
            "https://docs.docker.com/go/dockerfile/rule/copy-ignored-file/");
  EXPECT_EQ(url("JSONArgsRecommended"),
            "https://docs.docker.com/go/dockerfile/rule/json-args-recommended/");
  EXPECT_EQ(url("SecretsUsedInArgOrEnv"),
            "https://docs.docker.com/go/dockerfile/rule/secrets-used-in-arg-or-env/");
  EXPECT_EQ(url("LatestTag"), "");
}

// --- Docker's rules --------------------------------------------------------------------------

TEST(Lint, StageNameCasing) {
  EXPECT_THAT(Findings("StageNameCasing", "FROM scratch AS Foo\n"),
              ElementsAre("1: Stage name 'Foo' should be lowercase"));
  EXPECT_THAT(Findings("StageNameCasing", "FROM scratch AS foo\n"), IsEmpty());
}

TEST(Lint, FromAsCasing) {
  EXPECT_THAT(Findings("FromAsCasing", "FROM scratch as a\n"),
              ElementsAre("1: 'as' and 'FROM' keywords' casing do not match"));
  EXPECT_THAT(Findings("FromAsCasing", "from scratch AS a\n"),
              ElementsAre("1: 'AS' and 'from' keywords' casing do not match"));
  EXPECT_THAT(Findings("FromAsCasing", "FROM scratch AS a\nfrom scratch as b\n"), IsEmpty());
}

TEST(Lint, NoEmptyContinuation) {
  EXPECT_THAT(Findings("NoEmptyContinuation", "FROM scratch\nRUN a \\\n\n  # note\n  b\nRUN c\n"),
              ElementsAre("5: Empty continuation line"));
  EXPECT_THAT(Findings("NoEmptyContinuation", "FROM scratch\nRUN a \\\n# note\n  b\n"), IsEmpty());
}

TEST(Lint, ConsistentInstructionCasing) {
  EXPECT_THAT(
      Findings("ConsistentInstructionCasing", "FROM scratch\nrun a\nRUN b\nCoPY a b\n"),
      ElementsAre("2: Command 'run' should match the case of the command majority (uppercase)",
                  "4: Command 'CoPY' should match the case of the command majority (uppercase)"));
  EXPECT_THAT(Findings("ConsistentInstructionCasing", "from scratch\nrun a\nRUN b\n"),
              ElementsAre(HasSubstr("'RUN' should match the case of the command majority "
                                    "(lowercase)")));
  EXPECT_THAT(Findings("ConsistentInstructionCasing", "FROM scratch\nrun a\n"),
              ElementsAre(HasSubstr("(uppercase)")));
}

TEST(Lint, DuplicateStageName) {
  EXPECT_THAT(Findings("DuplicateStageName", "FROM scratch AS a\nFROM scratch AS A\n"),
              ElementsAre("2: Duplicate stage name \"a\", stage names should be unique"));
}

TEST(Lint, ReservedStageName) {
  EXPECT_THAT(Findings("ReservedStageName", "FROM a:1 AS scratch\nFROM a:1 AS context\n"),
              ElementsAre("1: Stage name should not use the same name as reserved stage "
                          "\"scratch\"",
                          "2: Stage name should not use the same name as reserved stage "
                          "\"context\""));
}

TEST(Lint, JSONArgsRecommended) {
  EXPECT_THAT(Findings("JSONArgsRecommended", "FROM scratch\nCMD a\nENTRYPOINT b\n"),
              ElementsAre("2: JSON arguments recommended for CMD to prevent unintended behavior "
                          "related to OS signals",
                          HasSubstr("ENTRYPOINT")));
  EXPECT_THAT(Findings("JSONArgsRecommended", "FROM scratch\nCmd a\n"),
              ElementsAre(HasSubstr("recommended for Cmd to")));
  EXPECT_THAT(Findings("JSONArgsRecommended", "FROM scratch\nCMD [\"a\"]\n"), IsEmpty());
  EXPECT_THAT(Findings("JSONArgsRecommended", "FROM scratch\nSHELL [\"x\"]\nCMD a\n"), IsEmpty());
  EXPECT_THAT(Findings("JSONArgsRecommended", "FROM scratch AS a\nSHELL [\"x\"]\nFROM a\nCMD a\n"),
              IsEmpty());
}

TEST(Lint, MaintainerDeprecated) {
  EXPECT_THAT(Findings("MaintainerDeprecated", "FROM scratch\nMAINTAINER x\n"),
              ElementsAre("2: Maintainer instruction is deprecated in favor of using label"));
}

TEST(Lint, UndefinedArgInFrom) {
  EXPECT_THAT(Findings("UndefinedArgInFrom", "ARG VERSION=1\nFROM a:$VERSIO AS x\nFROM $Q\n"),
              ElementsAre("2: FROM argument 'VERSIO' is not declared (did you mean VERSION?)",
                          "3: FROM argument 'Q' is not declared"));
  EXPECT_THAT(Findings("UndefinedArgInFrom", "FROM --platform=$BUILDPLATFORM a:1\n"), IsEmpty());
}

TEST(Lint, WorkdirRelativePath) {
  EXPECT_THAT(Findings("WorkdirRelativePath", "FROM scratch\nWORKDIR x\nWORKDIR y\n"),
              ElementsAre("2: Relative workdir \"x\" can have unexpected results if the base image "
                          "changes"));
  EXPECT_THAT(Findings("WorkdirRelativePath", "FROM scratch AS a\nWORKDIR /x\nFROM a\nWORKDIR y\n"),
              IsEmpty());
}

TEST(Lint, UndefinedVar) {
  EXPECT_THAT(Findings("UndefinedVar", "FROM scratch\nARG NAME\nCOPY $NAMES ${U:-d} /x/\n"),
              ElementsAre("3: Usage of undefined variable '$NAMES' (did you mean $NAME?)",
                          "3: Usage of undefined variable '$U'"));
  EXPECT_THAT(Findings("UndefinedVar", "FROM scratch\nARG A\nCOPY $A $HTTP_PROXY /x/\n"),
              IsEmpty());
  EXPECT_THAT(Findings("UndefinedVar", "FROM scratch\nRUN echo $ANYTHING\n"), IsEmpty());
}

TEST(Lint, UndefinedVarIsComparedWithThePathThatEveryImageHas) {
  EXPECT_THAT(Findings("UndefinedVar", "FROM scratch\nWORKDIR /$PTH\n"),
              ElementsAre("2: Usage of undefined variable '$PTH' (did you mean $PATH?)"));
}

TEST(Lint, UndefinedVarOfAnUnknownBaseIsOnlyATypo) {
  EXPECT_THAT(Findings("UndefinedVar", "FROM a:1\nARG NAME\nCOPY $NAMES $OTHER /x/\n"),
              ElementsAre(HasSubstr("did you mean $NAME?")));
  LintContext context;
  context.base_image = [](const std::string&, const std::string&) {
    return std::optional(BaseImageFacts{{"OTHER=1"}, false, ""});
  };
  EXPECT_THAT(Findings("UndefinedVar", "FROM a:1\nCOPY $OTHER $ZZ /x/\n", context),
              ElementsAre(HasSubstr("'$ZZ'")));
}

TEST(Lint, MultipleInstructionsDisallowed) {
  EXPECT_THAT(Findings("MultipleInstructionsDisallowed",
                       "FROM scratch\nCMD [\"a\"]\nENTRYPOINT [\"a\"]\nCMD [\"b\"]\nHEALTHCHECK "
                       "NONE\nHEALTHCHECK NONE\n"),
              ElementsAre("2: Multiple CMD instructions should not be used in the same stage "
                          "because only the last one will be used",
                          HasSubstr("5: Multiple HEALTHCHECK")));
  EXPECT_THAT(Findings("MultipleInstructionsDisallowed",
                       "FROM scratch AS a\nCMD [\"a\"]\nFROM a\nCMD [\"b\"]\n"),
              IsEmpty());
}

TEST(Lint, LegacyKeyValueFormat) {
  EXPECT_THAT(Findings("LegacyKeyValueFormat", "FROM scratch\nENV a b\nLABEL c d\nENV e=f\n"),
              ElementsAre("2: \"ENV key=value\" should be used instead of legacy \"ENV key value\" "
                          "format",
                          HasSubstr("3: \"LABEL key=value\"")));
}

TEST(Lint, InvalidBaseImagePlatform) {
  LintContext context;
  context.base_image = [](const std::string&, const std::string&) {
    return std::optional(BaseImageFacts{{}, false, "linux/arm64"});
  };
  EXPECT_THAT(Findings("InvalidBaseImagePlatform", "FROM a:1\n", context),
              ElementsAre("1: Base image a:1 was pulled with platform \"linux/arm64\", expected "
                          "\"linux/amd64\" for current build"));
  EXPECT_THAT(Findings("InvalidBaseImagePlatform", "FROM a:1\n"), IsEmpty());
}

TEST(Lint, RedundantTargetPlatform) {
  EXPECT_THAT(Findings("RedundantTargetPlatform", "FROM --platform=$TARGETPLATFORM a:1\n"),
              ElementsAre("1: Setting platform to predefined $TARGETPLATFORM in FROM is redundant "
                          "as this is the default behavior"));
  EXPECT_THAT(Findings("RedundantTargetPlatform", "FROM --platform=$BUILDPLATFORM a:1\n"),
              IsEmpty());
}

TEST(Lint, SecretsUsedInArgOrEnv) {
  EXPECT_THAT(Findings("SecretsUsedInArgOrEnv",
                       "FROM scratch\nARG DB_PASSWORD\nENV apikey=1 PUBLIC_KEY=2 TOKEN_FILE=3 "
                       "MONKEY=4\n"),
              ElementsAre("2: Do not use ARG or ENV instructions for sensitive data (ARG "
                          "\"DB_PASSWORD\")",
                          "3: Do not use ARG or ENV instructions for sensitive data (ENV "
                          "\"apikey\")"));
}

TEST(Lint, InvalidDefaultArgInFrom) {
  EXPECT_THAT(Findings("InvalidDefaultArgInFrom", "ARG TAG\nFROM a:$TAG\n"),
              ElementsAre("2: Default value for ARG a:$TAG results in empty or invalid base image "
                          "name"));
  LintContext context;
  context.build_args = {{"TAG", "1"}};
  EXPECT_THAT(Findings("InvalidDefaultArgInFrom", "ARG TAG\nFROM a:$TAG\n", context).size(), 1U);
  EXPECT_THAT(Findings("InvalidDefaultArgInFrom", "ARG TAG=1\nFROM localhost:5000/a/b:$TAG\n"),
              IsEmpty());
}

TEST(Lint, FromPlatformFlagConstDisallowed) {
  EXPECT_THAT(Findings("FromPlatformFlagConstDisallowed", "FROM --platform=linux/amd64 a:1\n"),
              ElementsAre("1: FROM --platform flag should not use constant value \"linux/amd64\""));
  EXPECT_THAT(Findings("FromPlatformFlagConstDisallowed",
                       "FROM --platform=linux/amd64 a:1 AS build_amd64\n"),
              IsEmpty());
}

TEST(Lint, CopyIgnoredFile) {
  const IgnoreFile ignore = IgnoreFile::Parse("*.log\ndir\n");
  LintContext context;
  context.ignore = &ignore;
  EXPECT_THAT(
      Findings("CopyIgnoredFile",
               "FROM scratch AS a\nCOPY ./a.log b /x/\nADD dir/f http://h/a.log /x/\nCOPY . "
               "/y/\nCOPY --from=a a.log /z\n",
               context),
      ElementsAre("2: Attempting to Copy file \"a.log\" that is excluded by .dockerignore",
                  "3: Attempting to Add file \"dir/f\" that is excluded by "
                  ".dockerignore"));
  const IgnoreFile with_includes = IgnoreFile::Parse("*\n!a\n");
  context.ignore = &with_includes;
  EXPECT_THAT(Findings("CopyIgnoredFile", "FROM scratch\nCOPY b /x\n", context), IsEmpty());
}

TEST(Lint, ExposeRules) {
  constexpr std::string_view kText = "FROM scratch\nEXPOSE 80/TCP 1.2.3.4:80:80 81 53/udp\n";
  EXPECT_THAT(
      Findings("ExposeProtoCasing", kText),
      ElementsAre("2: Defined protocol '80/TCP' in EXPOSE instruction should be lowercase"));
  EXPECT_THAT(Findings("ExposeInvalidFormat", kText),
              ElementsAre("2: EXPOSE instruction should not define an IP address or host-port "
                          "mapping, found '1.2.3.4:80:80'"));
}

TEST(Lint, InvalidDefinitionDescriptionIsExperimental) {
  constexpr std::string_view kText =
      "# bar the arg\nARG foo=1\n# base the base\nFROM a:1 AS base\n\n# lost\n#\nFROM a:1 AS x\n";
  EXPECT_THAT(Findings("InvalidDefinitionDescription", kText), IsEmpty());
  EXPECT_THAT(Findings("InvalidDefinitionDescription",
                       "# check=experimental=InvalidDefinitionDescription\n" + std::string(kText)),
              ElementsAre("3: Comment for ARG should follow the format: `# foo <description>`"));
}

// --- Our own ---------------------------------------------------------------------------------

TEST(Lint, SecretArgInRun) {
  EXPECT_THAT(Findings("SecretArgInRun", "FROM a:1\nARG API_TOKEN\nRUN curl -H \"$API_TOKEN\" x\n"),
              ElementsAre(HasSubstr("3: RUN uses the secret build argument API_TOKEN")));
  EXPECT_THAT(Findings("SecretArgInRun", "FROM a:1\nARG API_TOKEN\nRUN echo $API_TOKENS\n"),
              IsEmpty());
}

TEST(Lint, Apt) {
  EXPECT_THAT(Findings("AptUpdateAlone", "FROM a:1\nRUN apt-get update\n").size(), 1U);
  EXPECT_THAT(Findings("AptUpdateAlone", "FROM a:1\nRUN apt-get update && apt-get install -y x\n"),
              IsEmpty());
  EXPECT_THAT(Findings("AptUpdateAlone", "FROM a:1\nRUN echo 'apt-get update'\n"), IsEmpty());
  EXPECT_THAT(Findings("AptInstallWithoutYes", "FROM a:1\nRUN apt-get install x\n").size(), 1U);
  for (const std::string_view yes : {"-y", "-yqq", "--yes", "--assume-yes", "-qq"}) {
    EXPECT_THAT(Findings("AptInstallWithoutYes",
                         fmt::format("FROM a:1\nRUN set -e; apt-get {} install x\n", yes)),
                IsEmpty());
  }
}

TEST(Lint, AddInsteadOfCopy) {
  EXPECT_THAT(Findings("AddInsteadOfCopy", "FROM a:1\nADD a b /x/\n").size(), 1U);
  for (const std::string_view add : {"ADD a.tar.gz /x/", "ADD https://h/f /x", "ADD *.d /x/",
                                     "ADD --unpack=true a /x", "ADD git@h:r /x", "ADD $F /x"}) {
    EXPECT_THAT(Findings("AddInsteadOfCopy", fmt::format("FROM a:1\n{}\n", add)), IsEmpty()) << add;
  }
}

TEST(Lint, BaseImages) {
  EXPECT_THAT(Findings("LatestTag",
                       "FROM a AS x\nFROM h:5000/b:latest\nFROM x\nFROM scratch\n"
                       "FROM c:1\nFROM d@sha256:00\n")
                  .size(),
              2U);
  LintContext context;
  EXPECT_THAT(Findings("UnpinnedBaseImage", "FROM a:1\n", context), IsEmpty());
  context.reproducible = true;
  EXPECT_THAT(Findings("UnpinnedBaseImage", "FROM a:1\nFROM a@sha256:00\nFROM scratch\n", context),
              ElementsAre(HasSubstr("a:1 is not pinned by digest")));
}

TEST(Lint, CopyBeforeInstall) {
  EXPECT_THAT(Findings("CopyBeforeInstall", "FROM a:1\nCOPY . .\nRUN npm ci\n"),
              ElementsAre(HasSubstr("2: Any edit in the context")));
  EXPECT_THAT(Findings("CopyBeforeInstall",
                       "FROM a:1\nCOPY package.json .\nRUN npm ci\nCOPY . .\nRUN npm run b\n"),
              IsEmpty());
  EXPECT_THAT(Findings("CopyBeforeInstall", "FROM a:1\nCOPY . .\nRUN pip install .\n"), IsEmpty());
}

TEST(Lint, CopyManyWithoutSlash) {
  EXPECT_THAT(Findings("CopyManyWithoutSlash", "FROM a:1\nCOPY a b /x\nADD a b /y\n").size(), 2U);
  EXPECT_THAT(Findings("CopyManyWithoutSlash", "FROM a:1\nCOPY a b /x/\nCOPY a b .\nCOPY a /x\n"),
              IsEmpty());
}

TEST(Lint, HeredocWithoutErrexit) {
  const auto count = [](std::string_view body, std::string_view before = "") {
    return Findings("HeredocWithoutErrexit",
                    fmt::format("FROM a:1\n{}RUN <<E\n{}\nE\n", before, body))
        .size();
  };
  EXPECT_EQ(count("false\ntrue"), 1U);
  EXPECT_EQ(count("set -eu\nfalse\ntrue"), 0U);
  EXPECT_EQ(count("one"), 0U);
  EXPECT_EQ(count("#!/bin/sh\nfalse\ntrue"), 0U);
  EXPECT_EQ(count("false\ntrue", "SHELL [\"/bin/sh\", \"-ec\"]\n"), 0U);
}

TEST(Lint, LostShellStateAndSudo) {
  EXPECT_THAT(
      Findings("LostShellState", "FROM a:1\nRUN cd /x\nRUN export A=b\nRUN cd /x && ls\n").size(),
      2U);
  EXPECT_THAT(Findings("SudoInRun", "FROM a:1\nRUN x && sudo y\nRUN echo sudo\n").size(), 1U);
}

TEST(Lint, TrailingComment) {
  EXPECT_THAT(Findings("TrailingComment",
                       "FROM a:1\nCOPY a # b c/\nARG A=1 # b\nUSER root # b\nWORKDIR /a # b\n")
                  .size(),
              4U);
  EXPECT_THAT(Findings("TrailingComment", "FROM a:1\nCOPY #a# c\nUSER a#b\n"), IsEmpty());
}

// --- Switches --------------------------------------------------------------------------------

TEST(Lint, SkipInTheFile) {
  EXPECT_THAT(LintText("# check=skip=all\nFROM scratch\nCMD a\nMAINTAINER b\n"), IsEmpty());
  const auto rest = LintText(
      "# check=skip=JSONArgsRecommended,maintainerdeprecated\nFROM scratch\nCMD a\nMAINTAINER b\n");
  ASSERT_EQ(rest.size(), 1U);
  EXPECT_EQ(rest[0].rule, "MaintainerDeprecated");
}

TEST(Lint, SkipForOneInstruction) {
  EXPECT_THAT(LintText("FROM scratch\n# check=skip=JSONArgsRecommended // why\nCMD a\n"),
              IsEmpty());
  EXPECT_THAT(LintText("FROM scratch\n# check=skip=JSONArgsRecommended\nCMD a\n"), IsEmpty());
}

TEST(Lint, FindingsAreSortedAndPointAtTheExactPart) {
  const auto findings = LintText("FROM scratch AS Foo\nENV a b\nCOPY x $U /y/\n");
  ASSERT_EQ(findings.size(), 3U);
  EXPECT_TRUE(std::ranges::is_sorted(findings, {}, [](const Diagnostic& d) { return d.range; }));
  EXPECT_EQ(findings[2].range, (SourceRange{{3, 7}, {3, 9}}));
  EXPECT_EQ(findings[2].instruction, (SourceRange{{3, 0}, {3, 13}}));
}

TEST(Lint, WordsThatDoNotExpandAreErrors) {
  const auto findings = LintText("FROM scratch\nENV A=${U:=x}\n");
  ASSERT_FALSE(findings.empty());
  EXPECT_EQ(findings[0].severity, Severity::kError);
  EXPECT_THAT(findings[0].message, HasSubstr("unsupported modifier (:=)"));
}

TEST(ThrowIfCheckFails, OnlyWhenTheFileAsksAndOnlyForDockersRules) {
  const auto check = [](std::string text) {
    const SourceText source("Dockerfile", std::move(text));
    const ParseResult result = ParseDockerfile(source);
    ThrowIfCheckFails(result.dockerfile, Lint(result.dockerfile, {}), source);
  };
  EXPECT_NO_THROW(check("FROM scratch\nCMD a\n"));
  EXPECT_NO_THROW(check("# check=error=true\nFROM debian\n"));
  ExpectError(ErrorKind::kInvalidInput,
              "lint violation found for rules: JSONArgsRecommended, MaintainerDeprecated",
              [&] { check("# check=error=true\nFROM scratch\nMAINTAINER b\nCMD a\n"); });
}

}  // namespace
}  // namespace ibuild::parser
