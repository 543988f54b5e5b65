#include "builder/plan/config_edit.h"

#include <gmock/gmock.h>

#include "tests/builder/plan_fixture.h"
#include "tests/expect_error.h"

namespace ibuild::builder {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

BuildPlan PlanLines(const std::string& lines, const std::string& base = "base:1") {
  return PlanText("FROM " + base + "\n" + lines);
}

TEST(ConfigEdit, CmdFormsAndHistory) {
  const BuildPlan exec = PlanLines("CMD [\"a\", \"b c\"]\n");
  EXPECT_THAT(ConfigOf(exec).cmd, ElementsAre("a", "b c"));
  EXPECT_TRUE(ConfigOf(exec).args_escaped);
  EXPECT_THAT(HistoryOf(exec), ElementsAre("CMD [\"a\" \"b c\"]"));
  EXPECT_THAT(ConfigOf(PlanLines("CMD echo $x\n")).cmd, ElementsAre("/bin/sh", "-c", "echo $x"));
  EXPECT_THAT(ConfigOf(PlanLines("CMD []\n")).cmd, IsEmpty());
  EXPECT_THAT(HistoryOf(PlanLines("CMD []\n")), ElementsAre("CMD []"));
}

TEST(ConfigEdit, CommentAfterExecFormMakesItShellForm) {
  EXPECT_THAT(ConfigOf(PlanLines("ENTRYPOINT [\"a\"] # c\n")).entrypoint,
              ElementsAre("/bin/sh", "-c", "[\"a\"] # c"));
}

TEST(ConfigEdit, EntrypointClearsInheritedCmdOnly) {
  EXPECT_THAT(ConfigOf(PlanLines("ENTRYPOINT [\"x\"]\n")).cmd, IsEmpty());
  EXPECT_THAT(ConfigOf(PlanLines("CMD [\"y\"]\nENTRYPOINT [\"x\"]\n")).cmd, ElementsAre("y"));
  EXPECT_THAT(ConfigOf(PlanLines("ENTRYPOINT []\n", "preset:1")).cmd, IsEmpty());
  EXPECT_THAT(ConfigOf(PlanText("FROM base:1 AS a\nCMD [\"y\"]\nFROM a\nENTRYPOINT [\"x\"]\n")).cmd,
              IsEmpty());
}

TEST(ConfigEdit, ShellOfTheLineCounts) {
  const BuildPlan plan =
      PlanLines("SHELL [\"/bin/bash\", \"-c\"]\nCMD a\nSHELL [\"/x\"]\nENTRYPOINT b\n");
  EXPECT_THAT(ConfigOf(plan).cmd, ElementsAre("/bin/bash", "-c", "a"));
  EXPECT_THAT(ConfigOf(plan).entrypoint, ElementsAre("/x", "b"));
  EXPECT_THAT(ConfigOf(plan).shell, ElementsAre("/x"));
  EXPECT_THAT(HistoryOf(plan), Contains("SHELL [/bin/bash -c]"));
  EXPECT_THAT(ConfigOf(PlanLines("CMD a\n", "preset:1")).cmd, ElementsAre("/bin/ash", "-c", "a"));
}

TEST(ConfigEdit, EnvKeepsPositionsAndExpandsKeys) {
  const BuildPlan plan = PlanLines("ENV B=1 C=\"x y\"\nENV B=2 $C=3\n");
  EXPECT_THAT(ConfigOf(plan).env,
              ElementsAre(testing::StartsWith("PATH="), "B=2", "C=x y", "x y=3"));
  EXPECT_THAT(HistoryOf(plan), ElementsAre("ENV B=1 C=x y", "ENV B=2 x y=3"));
}

TEST(ConfigEdit, BlankEnvNameAfterExpansion) {
  ExpectError(ErrorKind::kInvalidInput, "ENV names can not be blank",
              [] { PlanLines("ENV $NOTHING=1\n"); });
}

TEST(ConfigEdit, LabelsLastWinsAndBuildLabelsComeLast) {
  PlanInput input = DefaultPlanInput();
  input.labels = {{"level", "flag"}};
  const BuildPlan plan = PlanText("FROM preset:1\nLABEL a=1 a=2 level=file\n", input);
  EXPECT_THAT(ConfigOf(plan).labels,
              UnorderedElementsAre(Pair("kit", "preset"), Pair("a", "2"), Pair("level", "flag")));
  EXPECT_THAT(HistoryOf(plan), ElementsAre("LABEL a=1 a=2 level=file"));
}

TEST(ConfigEdit, WorkdirIsKeptAsWrittenWhenAbsolute) {
  const BuildPlan plan = PlanLines("WORKDIR /x//y/../z/\nWORKDIR rel/../b\nWORKDIR .\n");
  EXPECT_THAT(HistoryOf(plan),
              ElementsAre("WORKDIR /x//y/../z/", "WORKDIR /x/z/b", "WORKDIR /x/z/b"));
  EXPECT_EQ(FindOp<WorkdirOp>(plan).path, "/x/z");
}

TEST(ConfigEdit, AnEmptyWorkdirChangesNothing) {
  EXPECT_THAT(HistoryOf(PlanLines("WORKDIR /x/\nWORKDIR $NONE\n")),
              ElementsAre("WORKDIR /x/", "WORKDIR /x/"));
}

TEST(ConfigEdit, WorkdirOfTheRootIsNoStep) {
  const BuildPlan plan = PlanLines("WORKDIR /\n");
  EXPECT_EQ(plan.graph.vertices.size(), 1U);
  EXPECT_TRUE(plan.graph.images.front().history.front().entry.empty_layer);
}

TEST(ConfigEdit, WorkdirIsOwnedByTheUserInForce) {
  const BuildPlan plan = PlanLines("USER 1000\nWORKDIR /w/x\n");
  EXPECT_EQ(FindOp<WorkdirOp>(plan).user, "1000");
}

TEST(ConfigEdit, UserTakesTheWholeRest) {
  EXPECT_EQ(ConfigOf(PlanLines("USER root # c\n")).user, "root # c");
  EXPECT_EQ(ConfigOf(PlanLines("ENV U=1:2\nUSER $U\n")).user, "1:2");
}

TEST(ConfigEdit, VolumesAreAUnion) {
  const BuildPlan plan = PlanLines("VOLUME /a [x]\nVOLUME [\"/b c\"]\n", "preset:1");
  EXPECT_THAT(ConfigOf(plan).volumes, UnorderedElementsAre("/data", "/a", "[x]", "/b c"));
  EXPECT_THAT(HistoryOf(plan), ElementsAre("VOLUME [/a [x]]", "VOLUME [/b c]"));
  ExpectError(ErrorKind::kInvalidInput, "VOLUME specified can not be an empty string",
              [] { PlanLines("VOLUME $NOTHING\n"); });
}

TEST(ConfigEdit, ExposeSortsWordsBeforeExpandingAndSplitsAfter) {
  const BuildPlan plan = PlanLines("ENV P=\"80 81\"\nEXPOSE 90/udp $P\nEXPOSE $UNDEF\n");
  EXPECT_THAT(ConfigOf(plan).exposed_ports, UnorderedElementsAre("80/tcp", "81/tcp", "90/udp"));
  EXPECT_THAT(HistoryOf(plan), Contains("EXPOSE [80/tcp 81/tcp 90/udp]"));
}

TEST(ConfigEdit, HealthcheckForms) {
  const BuildPlan shell = PlanLines(
      "SHELL [\"/bin/bash\", \"-c\"]\nHEALTHCHECK --interval=5m --retries=3 CMD curl $x\n");
  EXPECT_THAT(ConfigOf(shell).healthcheck->test, ElementsAre("CMD-SHELL", "curl $x"));
  EXPECT_EQ(ConfigOf(shell).healthcheck->interval, std::chrono::minutes(5));
  EXPECT_EQ(ConfigOf(shell).healthcheck->retries, 3);
  EXPECT_THAT(HistoryOf(shell),
              Contains("HEALTHCHECK {Test:[CMD-SHELL curl $x] Interval:5m0s Timeout:0s "
                       "StartPeriod:0s StartInterval:0s Retries:3}"));
  EXPECT_THAT(ConfigOf(PlanLines("HEALTHCHECK CMD [\"a\",\"b\"]\n")).healthcheck->test,
              ElementsAre("CMD", "a", "b"));
  EXPECT_THAT(ConfigOf(PlanLines("HEALTHCHECK CMD a\nHEALTHCHECK NONE\n")).healthcheck->test,
              ElementsAre("NONE"));
}

TEST(ConfigEdit, StopSignalsAreCheckedAndKeptAsWritten) {
  for (const char* signal : {"SIGTERM", "term", "9", "99", "SIGRTMIN+3", "rtmax-14", "RTMIN"}) {
    EXPECT_EQ(ConfigOf(PlanLines(std::string("STOPSIGNAL ") + signal)).stop_signal, signal);
  }
  for (const char* signal : {"FOO", "0", "SIGRTMIN+16", "RTMAX-15", "SIG", "9x"}) {
    ExpectError(ErrorKind::kInvalidInput, std::string("invalid signal: ") + signal,
                [&] { PlanLines(std::string("STOPSIGNAL ") + signal); });
  }
}

TEST(ConfigEdit, MaintainerIsTheAuthor) {
  const BuildPlan plan = PlanLines("MAINTAINER  A  Person <a@b.test>\n");
  EXPECT_EQ(plan.graph.images.front().config.author, "A  Person <a@b.test>");
}

TEST(ConfigEdit, OnBuildIsStoredWithoutHistory) {
  const BuildPlan plan = PlanLines("ONBUILD RUN x\nONBUILD NONSENSE y\n");
  EXPECT_THAT(ConfigOf(plan).on_build, ElementsAre("RUN x", "NONSENSE y"));
  EXPECT_THAT(HistoryOf(plan), IsEmpty());
}

TEST(ConfigEdit, EverythingButTriggersIsInherited) {
  const oci::RuntimeConfig config = ConfigOf(PlanLines("", "preset:1"));
  EXPECT_EQ(config, TestImageConfig(oci::Reference::Parse("preset:1"), {}).config);
  EXPECT_EQ(PlanLines("", "preset:1").graph.images.front().config.author, "somebody");
}

TEST(ConfigEdit, PathIsAddedWhereItIsMissing) {
  const std::string path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  EXPECT_THAT(ConfigOf(PlanLines("", "bare:1")).env, ElementsAre(path));
  const BuildPlan scratch = PlanText("FROM scratch\n");
  EXPECT_THAT(ConfigOf(scratch).env, ElementsAre(path));
  EXPECT_EQ(ConfigOf(scratch).working_dir, "/");
}

}  // namespace
}  // namespace ibuild::builder
