#include "builder/plan/scope.h"

#include <gmock/gmock.h>

#include <chrono>
#include <string>

#include "tests/builder/plan_fixture.h"

namespace ibuild::builder {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

std::string EnvOf(const RunOp& op, std::string_view name) {
  return std::string(oci::FindEnv(op.env, name).value_or("(unset)"));
}

// The value that the last RUN of a file sees.
std::string SeenByRun(std::string_view dockerfile, std::string_view name,
                      const PlanInput& input = DefaultPlanInput()) {
  const BuildPlan plan = PlanText(dockerfile, input);
  return EnvOf(std::get<RunOp>(plan.graph.vertices.at(plan.graph.images.front().state).op), name);
}

TEST(Scope, TheEnvironmentOfAnImageGoesOnTop) {
  const BuildArgs no_args;
  const GlobalScope global(no_args, {}, '\\');
  StageScope scope(global);
  for (const std::string_view name : {"A", "B", "C"}) scope.SetEnv(name, "old");
  scope.ApplyEnvironment({"C=1", "A=1", "D", "C=2"});
  EXPECT_THAT(scope.environment(), ElementsAre("B=old", "A=1", "D=", "C=2"));
}

// Each stage has a variable more than the one before: copying all of them for every stage, or
// looking for each among the others, would take minutes.
TEST(Scope, ThousandsOfStagesInARow) {
  std::string text = "FROM base:1 AS s\n";
  for (int i = 0; i < 4000; ++i) text += "FROM s AS s\nENV N" + std::to_string(i) + "=x\n";
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(ConfigOf(PlanText(text)).env.size(), 4001U);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
}

TEST(Scope, ArgAfterEnvWinsInTheStageButNotInTheConfiguration) {
  const BuildPlan plan = PlanText("FROM base:1\nENV X=2\nARG X=1\nRUN echo $X\n");
  EXPECT_EQ(EnvOf(FindOp<RunOp>(plan), "X"), "1");
  EXPECT_THAT(ConfigOf(plan).env, Contains("X=2"));
}

TEST(Scope, EnvAfterArgWins) {
  EXPECT_EQ(SeenByRun("FROM base:1\nARG X=1\nENV X=2\nRUN echo $X\n", "X"), "2");
}

TEST(Scope, ArgsTravelThroughStageParents) {
  EXPECT_EQ(SeenByRun("FROM base:1 AS a\nARG V=7\nFROM a\nRUN echo $V\n", "V"), "7");
}

TEST(Scope, EnvOfTheParentIsOnTopOfItsArgs) {
  EXPECT_EQ(SeenByRun("FROM base:1 AS a\nENV X=2\nARG X=1\nFROM a\nRUN echo $X\n", "X"), "2");
}

TEST(Scope, ArgsDoNotPassThroughAnImage) {
  EXPECT_EQ(SeenByRun("FROM base:1 AS a\nARG V=7\nFROM base:1\nRUN true\n", "V"), "(unset)");
}

TEST(Scope, AllValuesOfOneEnvLineSeeTheEnvironmentBeforeIt) {
  const BuildPlan plan = PlanText("FROM base:1\nENV a=1\nENV a=2 b=$a\n");
  EXPECT_THAT(ConfigOf(plan).env, Contains("b=1"));
  EXPECT_THAT(ConfigOf(plan).env, Contains("a=2"));
}

TEST(Scope, ArgsOfOneLineSeeTheOnesBefore) {
  const BuildPlan plan = PlanText("FROM base:1\nARG A=1\nARG A=2 B=$A\nRUN true\n");
  EXPECT_EQ(EnvOf(FindOp<RunOp>(plan), "B"), "2");
}

TEST(Scope, GlobalArgIsUnseenUntilDeclaredAgain) {
  EXPECT_EQ(SeenByRun("ARG G=x\nFROM base:1\nRUN true\n", "G"), "(unset)");
  EXPECT_EQ(SeenByRun("ARG G=x\nFROM base:1\nARG G\nRUN true\n", "G"), "x");
  EXPECT_EQ(SeenByRun("ARG G=x\nFROM base:1\nARG G=y\nRUN true\n", "G"), "y");
}

TEST(Scope, GlobalArgsSeeEarlierOnes) {
  EXPECT_EQ(SeenByRun("ARG A=ba\nARG B=${A}se:1\nFROM $B\nARG B\nRUN true\n", "B"), "base:1");
}

TEST(Scope, BuildArgBeatsDefaultsEverywhere) {
  PlanInput input = DefaultPlanInput();
  input.build_args = {{"G", "cli"}, {"BASE", "base:1"}};
  EXPECT_EQ(SeenByRun("ARG BASE=nothing:9\nARG G=x\nFROM $BASE\nARG G=y\nRUN true\n", "G", input),
            "cli");
}

TEST(Scope, DeclaredAgainWithoutValueKeepsTheEarlierOne) {
  const BuildPlan plan = PlanText("FROM base:1\nARG A=1\nARG A\nRUN true\n");
  EXPECT_EQ(EnvOf(FindOp<RunOp>(plan), "A"), "1");
  EXPECT_THAT(HistoryOf(plan),
              ElementsAre("ARG A=1", "ARG A", "RUN |1 A=1 /bin/sh -c true # buildkit"));
}

TEST(Scope, ArgWithoutAnyValueIsNotInTheEnvironment) {
  const BuildPlan plan = PlanText("FROM base:1\nARG A\nENV B=[$A]\nRUN true\n");
  EXPECT_EQ(EnvOf(FindOp<RunOp>(plan), "A"), "(unset)");
  EXPECT_EQ(EnvOf(FindOp<RunOp>(plan), "B"), "[]");
  EXPECT_THAT(HistoryOf(plan), Contains("RUN |1 A= /bin/sh -c true # buildkit"));
}

TEST(Scope, EmptyArgIsSet) { EXPECT_EQ(SeenByRun("FROM base:1\nARG A=\nRUN true\n", "A"), ""); }

TEST(Scope, ArgsAreNotInTheImage) {
  EXPECT_THAT(ConfigOf(PlanText("FROM base:1\nARG A=1\n")).env, Not(Contains("A=1")));
}

TEST(Scope, LegacyEnvTakesTheRestOfTheLine) {
  EXPECT_THAT(ConfigOf(PlanText("FROM base:1\nENV A B=c\n")).env, Contains("A=B=c"));
}

TEST(Scope, PlatformArgsNeedADeclaration) {
  PlanInput input = DefaultPlanInput();
  input.platforms = {oci::Platform::Parse("linux/arm/v7")};
  const std::string_view declared =
      "FROM multi:1\nARG TARGETPLATFORM\nARG TARGETVARIANT\nARG BUILDPLATFORM\nARG TARGETSTAGE\n"
      "RUN true\n";
  EXPECT_EQ(SeenByRun("FROM multi:1\nRUN true\n", "TARGETPLATFORM", input), "(unset)");
  EXPECT_EQ(SeenByRun(declared, "TARGETPLATFORM", input), "linux/arm/v7");
  EXPECT_EQ(SeenByRun(declared, "TARGETVARIANT", input), "v7");
  EXPECT_EQ(SeenByRun(declared, "BUILDPLATFORM", input), "linux/amd64");
}

TEST(Scope, TargetStageIsTheTargetElseTheLastStage) {
  const auto seen = [](std::string_view from, const std::string& target, std::string_view more) {
    PlanInput input = DefaultPlanInput();
    input.target = target;
    const std::string text = std::string(from) + "\nARG TARGETSTAGE\nRUN true\n";
    return SeenByRun(text + std::string(more), "TARGETSTAGE", input);
  };
  EXPECT_EQ(seen("FROM base:1", "", ""), "default");
  EXPECT_EQ(seen("FROM base:1 AS Final", "", ""), "final");
  EXPECT_EQ(seen("FROM base:1 AS Final", "FINAL", "FROM scratch\n"), "FINAL");
  const BuildPlan plan =
      PlanText("FROM base:1 AS b-last\nRUN mark\nFROM b-$TARGETSTAGE AS last\nRUN true\n");
  EXPECT_THAT(HistoryOf(plan), Contains("RUN /bin/sh -c mark # buildkit"));
}

TEST(Scope, PlatformArgsCanBeOverridden) {
  PlanInput input = DefaultPlanInput();
  input.build_args = {{"TARGETARCH", "mine"}};
  EXPECT_EQ(SeenByRun("FROM base:1\nARG TARGETARCH\nRUN true\n", "TARGETARCH", input), "mine");
  EXPECT_EQ(SeenByRun("ARG TARGETOS=plan9\nFROM base:1\nARG TARGETOS\nRUN true\n", "TARGETOS"),
            "plan9");
}

TEST(Scope, ProxiesReachCommandsUndeclaredInBothCases) {
  PlanInput input = DefaultPlanInput();
  input.build_args = {{"http_proxy", "http://p"}, {"No_Proxy", "x"}};
  const BuildPlan plan = PlanText("FROM base:1\nENV A=[$http_proxy]\nRUN true\n", input);
  EXPECT_THAT(
      FindOp<RunOp>(plan).proxy_env,
      ElementsAre("HTTP_PROXY=http://p", "http_proxy=http://p", "NO_PROXY=x", "no_proxy=x"));
  EXPECT_THAT(ConfigOf(plan).env, Contains("A=[]"));
  EXPECT_THAT(HistoryOf(plan), Contains("RUN /bin/sh -c true # buildkit"));
  EXPECT_THAT(plan.warnings, IsEmpty());
}

TEST(Scope, DeclaredProxyIsAnOrdinaryArg) {
  PlanInput input = DefaultPlanInput();
  input.build_args = {{"HTTP_PROXY", "http://p"}};
  const BuildPlan plan = PlanText("FROM base:1\nARG HTTP_PROXY\nRUN true\n", input);
  EXPECT_EQ(EnvOf(FindOp<RunOp>(plan), "HTTP_PROXY"), "http://p");
  EXPECT_THAT(FindOp<RunOp>(plan).proxy_env, ElementsAre("http_proxy=http://p"));
}

TEST(Scope, UndeclaredBuildArgIsAWarningWithTheNearestName) {
  PlanInput input = DefaultPlanInput();
  input.build_args = {{"VERSON", "1"}, {"BUILDKIT_SYNTAX", "x"}, {"TARGETARCH", "y"}};
  const BuildPlan plan = PlanText("FROM base:1\nARG VERSION\n", input);
  ASSERT_EQ(plan.warnings.size(), 1U);
  EXPECT_EQ(plan.warnings.front().message,
            "Build argument \"VERSON\" is not declared by any ARG (did you mean VERSION?)");
}

TEST(Scope, NamesOfArgsAreNotExpanded) {
  const BuildPlan plan = PlanText("ARG $G=1\nFROM base:1\nENV W=q\nARG $W=1 $NOTHING\nRUN x\n");
  EXPECT_THAT(HistoryOf(plan), Contains("ARG $W=1 $NOTHING"));
  EXPECT_EQ(EnvOf(FindOp<RunOp>(plan), "q"), "(unset)");
}

}  // namespace
}  // namespace ibuild::builder
