// Dockerfile reference: the instructions, their flags and their forms.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "parser/syntax/parse.h"
#include "tests/parser/parsed.h"

namespace ibuild::parser {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string StageOf(std::string_view from) {
  const ParseResult result = Parse(from);
  if (!result.diagnostics.empty()) return result.diagnostics[0].message;
  return result.dockerfile.stages.at(0).name;
}

// --- Flags -----------------------------------------------------------------------------------

TEST(Flags, EndAtTheFirstOtherWord) {
  EXPECT_EQ(InstructionOf("COPY a --link /b"),
            "COPY sources=[\"a\", \"--link\"] destination=\"/b\"");
}

TEST(Flags, ABareDoubleDashEndsThemAndIsConsumed) {
  EXPECT_EQ(InstructionOf("COPY --link -- --a /b"),
            "COPY link sources=[\"--a\"] destination=\"/b\"");
}

TEST(Flags, QuotesAndEscapesWorkInsideAWord) {
  EXPECT_EQ(InstructionOf("RUN --mount=\"type=tmpfs,target=/a b\" x"),
            "RUN mount=\"type=tmpfs,target=/a b\" shell=\"x\"");
  EXPECT_EQ(InstructionOf("COPY --chown=a\\ b x y"),
            "COPY chown=\"a b\" sources=[\"x\"] destination=\"y\"");
}

TEST(Flags, AWordThatStartsWithAQuoteIsNone) {
  EXPECT_EQ(InstructionOf("COPY \"--link\" a b"),
            "COPY sources=[\"\\\"--link\\\"\", \"a\"] destination=\"b\"");
}

TEST(Flags, OtherInstructionsRefuseThem) {
  EXPECT_EQ(FaultOf("WORKDIR --foo /x"), "unknown flag: --foo");
  EXPECT_EQ(FaultOf("ENV --foo A=b"), "unknown flag: --foo");
  EXPECT_EQ(FaultOf("CMD --foo x"), "unknown flag: --foo");
  EXPECT_EQ(FaultOf("ONBUILD --foo RUN x"), "unknown flag: --foo");
  EXPECT_EQ(FaultOf("COPY --frm=a x y"), "unknown flag: --frm (did you mean from?)");
}

TEST(Flags, ValuesAndBooleans) {
  EXPECT_EQ(FaultOf("COPY --chown x y"), "missing a value on flag: --chown");
  EXPECT_EQ(InstructionOf("COPY --chown= x y"),
            "COPY chown=\"\" sources=[\"x\"] destination=\"y\"");
  EXPECT_EQ(FaultOf("RUN --network= x"), R"(invalid network mode "")");
  EXPECT_EQ(FaultOf("COPY --link= x y"), "missing a value on flag: --link");
  EXPECT_EQ(FaultOf("COPY --link=foo x y"), "expecting boolean value for flag --link, not: foo");
  EXPECT_EQ(InstructionOf("COPY --link=TRUE x y"), "COPY link sources=[\"x\"] destination=\"y\"");
  EXPECT_EQ(InstructionOf("COPY --link=False x y"), "COPY sources=[\"x\"] destination=\"y\"");
}

TEST(Flags, RepeatOnlyForLists) {
  EXPECT_EQ(FaultOf("COPY --link --link x y"), "duplicate flag specified: --link");
  EXPECT_EQ(FaultOf("COPY --chown=1 --chown=1 x y"), "duplicate flag specified: --chown");
  EXPECT_EQ(FaultOf("FROM --platform=a --platform=b x"), "duplicate flag specified: --platform");
  EXPECT_EQ(FaultOf("RUN --network=none --network=host x"), "duplicate flag specified: --network");
  EXPECT_EQ(InstructionOf("COPY --exclude=a --exclude=b x y"),
            "COPY exclude=\"a\" exclude=\"b\" sources=[\"x\"] destination=\"y\"");
}

// --- Exec form -------------------------------------------------------------------------------

TEST(ExecForm, TheWholeRestMustBeJson) {
  EXPECT_EQ(InstructionOf("CMD [\"a\", \"b\"]"), "CMD exec=[\"a\", \"b\"]");
  for (const std::string_view rest : {"['a']", "[\"a\\q\"]", "[\"a\"] x", "[\"a\",]", "[\"C:\\p\"]",
                                      "[\"a\"", "[\"a\" \"b\"]", "[\"\tb\"]"}) {
    EXPECT_THAT(InstructionOf("CMD " + std::string(rest)), HasSubstr("CMD shell=")) << rest;
  }
}

TEST(ExecForm, OtherElementsAreAnError) {
  for (const std::string_view rest :
       {"[\"a\", 1]", "[[\"a\"]]", "[null]", "[{\"a\": [1, -2.5e+3]}]", "[true]"}) {
    EXPECT_EQ(InstructionOf("CMD " + std::string(rest)),
              "error: when using JSON array syntax, arrays must be comprised of strings only")
        << rest;
  }
}

TEST(ExecForm, EscapesAreDecoded) {
  EXPECT_EQ(InstructionOf(R"(CMD ["\u0041\n\"\u00e9\ud83d\ude00\/"])"),
            "CMD exec=[\"A\\n\\\"é😀/\"]");
  EXPECT_EQ(InstructionOf(R"(CMD ["\ud83d"])"), "CMD exec=[\"\xEF\xBF\xBD\"]");
}

TEST(ExecForm, EmptyArrays) {
  EXPECT_EQ(InstructionOf("CMD []"), "CMD exec=[]");
  EXPECT_EQ(InstructionOf("ENTRYPOINT []"), "ENTRYPOINT exec=[]");
  EXPECT_EQ(FaultOf("RUN []"), "RUN requires at least one argument");
  EXPECT_EQ(FaultOf("SHELL []"), "SHELL requires at least one argument");
  EXPECT_EQ(InstructionOf("RUN"), "RUN shell=\"\"");
  EXPECT_EQ(InstructionOf("CMD"), "CMD shell=\"\"");
}

TEST(ExecForm, ShellRequiresIt) {
  EXPECT_EQ(FaultOf("SHELL x"), "SHELL requires the arguments to be in JSON form");
  EXPECT_EQ(InstructionOf("SHELL [\"/bin/bash\", \"-c\"]"), "SHELL exec=[\"/bin/bash\", \"-c\"]");
}

// --- FROM ------------------------------------------------------------------------------------

TEST(From, OneOrThreeArguments) {
  EXPECT_THAT(ErrorsOf("FROM\n"), ElementsAre(HasSubstr("one or three arguments")));
  EXPECT_THAT(ErrorsOf("FROM a b\n"), ElementsAre(HasSubstr("one or three arguments")));
  EXPECT_THAT(ErrorsOf("FROM a is b\n"), ElementsAre(HasSubstr("one or three arguments")));
}

TEST(From, StageNamesAreLowerCased) {
  EXPECT_EQ(StageOf("FROM a aS Build-1_x.y\n"), "build-1_x.y");
}

TEST(From, StageNamesHaveARule) {
  EXPECT_EQ(StageOf("FROM a AS 1x\n"),
            "dockerfile parse error on line 1: invalid name for build stage: \"1x\", name can't "
            "start with a number or contain symbols");
  EXPECT_THAT(StageOf("FROM a AS x$y\n"), HasSubstr("invalid name for build stage"));
}

TEST(From, EmptyPlatformIsTheDefault) {
  EXPECT_EQ(AstOf("FROM --platform= a\n"), "1-1 FROM image=\"a\"\n");
  EXPECT_EQ(AstOf("FROM --platform=$P a\n"), "1-1 FROM image=\"a\" platform=\"$P\"\n");
}

TEST(From, LeadingArgsAreGlobal) {
  EXPECT_EQ(AstOf("ARG A=1\nFROM x\nARG B\n"),
            "1-1 ARG A=\"1\"\n2-2 FROM image=\"x\"\n3-3 ARG B\n");
  EXPECT_EQ(Parse("ARG A=1\nFROM x\nARG B\n").dockerfile.global_args.size(), 1U);
}

// --- RUN -------------------------------------------------------------------------------------

TEST(Run, Flags) {
  EXPECT_EQ(InstructionOf("RUN --network=none --security=insecure --device=v.com/gpu=0,required x"),
            "RUN network=\"none\" security=\"insecure\" device=\"v.com/gpu=0,required\" "
            "shell=\"x\"");
  EXPECT_EQ(FaultOf("RUN --network=x y"), "invalid network mode \"x\"");
  EXPECT_EQ(FaultOf("RUN --security=x y"), "security \"x\" is not valid");
}

TEST(Run, MountsAreCheckedEarlyWhenTheyCanBe) {
  EXPECT_EQ(FaultOf("RUN --mount=type=bogus x"), "unsupported mount type \"bogus\"");
  EXPECT_EQ(FaultOf("RUN --mount=type=bind,from=$X,target=/x y"),
            "'from' doesn't support variable expansion, define alias stage instead");
  EXPECT_EQ(InstructionOf("RUN --mount=type=$T,target=/x y"),
            "RUN mount=\"type=$T,target=/x\" shell=\"y\"");
}

// --- ENV, LABEL, ARG -------------------------------------------------------------------------

TEST(Env, SplitsWithQuotesAndEscapes) {
  EXPECT_EQ(InstructionOf(R"(ENV A="x y" B='q $A' C=$A\ z)"),
            R"(ENV A="\"x y\"" B="'q $A'" C="$A\\ z")");
}

TEST(Env, LegacyForm) {
  EXPECT_EQ(InstructionOf("ENV A  B=c  d"), "ENV legacy A=\"B=c  d\"");
  EXPECT_EQ(InstructionOf("LABEL a b"), "LABEL legacy a=\"b\"");
}

TEST(Env, AMixedLaterWordIsAnError) {
  EXPECT_EQ(InstructionOf("ENV A=b c"),
            "error: Syntax error - can't find = in \"c\". Must be of the form: name=value");
}

TEST(Arg, Forms) {
  EXPECT_EQ(InstructionOf("ARG A B= C=\"x y\""), "ARG A B=\"\" C=\"\\\"x y\\\"\"");
}

// --- COPY and ADD ----------------------------------------------------------------------------

TEST(Copy, BlanksCutFirstQuotesDoNotGroup) {
  EXPECT_EQ(InstructionOf("COPY \"a b\" /x"),
            "COPY sources=[\"\\\"a\", \"b\\\"\"] destination=\"/x\"");
}

TEST(Copy, JsonForm) {
  EXPECT_EQ(InstructionOf("COPY [\"a b\", \"/x\"]"),
            "COPY json sources=[\"a b\"] destination=\"/x\"");
  EXPECT_EQ(FaultOf("COPY [\"a\"]"),
            "COPY requires at least two arguments, but only one was provided. Destination could "
            "not be determined");
}

TEST(Copy, AllFlags) {
  EXPECT_EQ(InstructionOf("COPY --from=b --chown=1:2 --chmod=u=rwX,go=rX --link --parents "
                          "--exclude=*.o a b/"),
            "COPY from=\"b\" chown=\"1:2\" chmod=\"u=rwX,go=rX\" link parents exclude=\"*.o\" "
            "sources=[\"a\"] destination=\"b/\"");
}

TEST(Add, AllFlags) {
  EXPECT_EQ(InstructionOf("ADD --checksum=sha256:00 --keep-git-dir --unpack=false --chown=a u /d"),
            "ADD checksum=\"sha256:00\" keep-git-dir=true unpack=false chown=\"a\" "
            "sources=[\"u\"] destination=\"/d\"");
  EXPECT_EQ(FaultOf("ADD --from=x a b"), "unknown flag: --from");
  EXPECT_EQ(FaultOf("COPY --checksum=x a b"), "unknown flag: --checksum");
}

// --- The rest --------------------------------------------------------------------------------

TEST(Settings, OneWordForTheWholeRest) {
  EXPECT_EQ(InstructionOf("WORKDIR /a b/c"), "WORKDIR path=\"/a b/c\"");
  EXPECT_EQ(InstructionOf("USER a b"), "USER user=\"a b\"");
  EXPECT_EQ(InstructionOf("STOPSIGNAL  SIGRTMIN+3"), "STOPSIGNAL signal=\"SIGRTMIN+3\"");
  EXPECT_EQ(InstructionOf("MAINTAINER a <b@c>"), "MAINTAINER author=\"a <b@c>\"");
}

TEST(Volume, WordsOrJson) {
  EXPECT_EQ(InstructionOf("VOLUME /a /b"), "VOLUME paths=[\"/a\", \"/b\"]");
  EXPECT_EQ(InstructionOf("VOLUME [\"/a b\"]"), "VOLUME paths=[\"/a b\"]");
  EXPECT_EQ(FaultOf("VOLUME [\"\"]"), "VOLUME specified can not be an empty string");
}

TEST(Expose, Words) {
  EXPECT_EQ(InstructionOf("EXPOSE 80 $P  53/udp"), "EXPOSE ports=[\"80\", \"$P\", \"53/udp\"]");
}

TEST(Healthcheck, Forms) {
  EXPECT_EQ(InstructionOf("HEALTHCHECK NONE"), "HEALTHCHECK none");
  EXPECT_EQ(InstructionOf("HEALTHCHECK CMD curl x"), "HEALTHCHECK shell=\"curl x\"");
  EXPECT_EQ(InstructionOf("HEALTHCHECK cmd [\"a\"]"), "HEALTHCHECK exec=[\"a\"]");
  EXPECT_EQ(FaultOf("HEALTHCHECK CMD"), "Missing command after HEALTHCHECK CMD");
  EXPECT_EQ(FaultOf("HEALTHCHECK NONE x"), "HEALTHCHECK NONE takes no arguments");
  EXPECT_EQ(FaultOf("HEALTHCHECK foo x"), "Unknown type \"FOO\" in HEALTHCHECK (try CMD)");
}

TEST(Healthcheck, Options) {
  EXPECT_EQ(InstructionOf("HEALTHCHECK --interval=5m --timeout=1.5s --start-period=0s "
                          "--start-interval=1m30s --retries=3 CMD x"),
            "HEALTHCHECK interval=300000000000ns timeout=1500000000ns start-interval=90000000000ns "
            "retries=3 shell=\"x\"");
  EXPECT_EQ(FaultOf("HEALTHCHECK --interval=1us CMD x"),
            "Interval \"interval\" cannot be less than 1ms");
  EXPECT_EQ(FaultOf("HEALTHCHECK --retries=-1 CMD x"), "--retries cannot be negative (-1)");
  EXPECT_EQ(FaultOf("HEALTHCHECK --interval=5 CMD x"), "time: invalid duration \"5\"");
}

TEST(OnBuild, KeepsTheRest) {
  EXPECT_EQ(InstructionOf("ONBUILD  nonsense  x"), "ONBUILD trigger=\"nonsense  x\"");
  EXPECT_EQ(InstructionOf("ONBUILD USER  x  "), "ONBUILD trigger=\"USER  x  \"");
  EXPECT_EQ(InstructionOf("ONBUILD COPY <<E /f\nx\nE"), "ONBUILD trigger=\"COPY <<E /f\\nx\\nE\"");
}

TEST(OnBuild, WhatMayNotBeATrigger) {
  EXPECT_EQ(FaultOf("ONBUILD ONBUILD RUN x"),
            "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
  EXPECT_EQ(FaultOf("ONBUILD from x"), "FROM isn't allowed as an ONBUILD trigger");
  EXPECT_EQ(FaultOf("ONBUILD MAINTAINER x"), "MAINTAINER isn't allowed as an ONBUILD trigger");
}

}  // namespace
}  // namespace ibuild::parser
