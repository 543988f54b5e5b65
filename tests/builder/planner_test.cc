#include "builder/plan/planner.h"

#include <gmock/gmock.h>

#include "tests/builder/plan_fixture.h"
#include "tests/expect_error.h"

namespace ibuild::builder {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(Planner, TitlesCountBasesAndSteps) {
  const BuildPlan plan = PlanText("FROM base:1\nENV X=y\nRUN echo $X $HOME\nCOPY a b /c/\n");
  EXPECT_THAT(TitlesOf(plan), ElementsAre("[1/3] FROM docker.io/library/base:1",
                                          "[2/3] RUN echo y $HOME", "[3/3] COPY a b /c/"));
}

TEST(Planner, TitlesOfStages) {
  const BuildPlan plan = PlanText(
      "FROM base:1 AS build\nrun make\nFROM scratch\nCOPY --from=build /a /\nFROM build\nRUN x\n"
      "COPY --from=1 /a /b\n");
  EXPECT_THAT(TitlesOf(plan),
              ElementsAre("[build 1/2] FROM docker.io/library/base:1", "[build 2/2] RUN make",
                          "FROM scratch", "[stage-1 1/1] COPY --from=build /a /",
                          "[stage-2 1/2] RUN x", "[stage-2 2/2] COPY --from=1 /a /b"));
}

TEST(Planner, TitleNumbersAreAligned) {
  std::string text = "FROM base:1\n";
  for (int i = 0; i < 9; ++i) text += "RUN echo " + std::to_string(i) + "\n";
  EXPECT_THAT(TitlesOf(PlanText(text)), Contains("[ 2/10] RUN echo 0"));
}

TEST(Planner, ALoneScratchIsAnImageWithoutLayers) {
  const BuildPlan plan = PlanText("FROM scratch\n");
  EXPECT_EQ(plan.graph.vertices.size(), 1U);
  EXPECT_THAT(plan.graph.images.front().history, IsEmpty());
}

TEST(Planner, EqualWorkIsOneVertex) {
  const BuildPlan plan = PlanText(
      "FROM base:1 AS a\nRUN x\nFROM base:1 AS b\nRUN x\nRUN y\nFROM scratch\n"
      "COPY --from=a / /\nCOPY --from=b / /\n");
  EXPECT_EQ(plan.graph.vertices.size(), 6U);  // base, x, y, scratch, two copies
}

TEST(Planner, InputsComeFirst) {
  const BuildPlan plan = PlanText(
      "FROM base:1 AS a\nRUN x\nFROM preset:1\nCOPY --from=a / /\nRUN --mount=from=a,target=/m "
      "y\n");
  for (VertexId id = 0; id < plan.graph.vertices.size(); ++id) {
    for (const VertexId input : plan.graph.vertices[id].inputs) EXPECT_LT(input, id);
  }
}

TEST(Planner, HistoryOfAStageFromAStageStartsWithItsParents) {
  const BuildPlan plan =
      PlanText("FROM base:1 AS a\nENV A=1\nRUN x\nFROM a AS b\nENV B=1\nFROM b\n");
  EXPECT_THAT(HistoryOf(plan), ElementsAre("ENV A=1", "RUN /bin/sh -c x # buildkit", "ENV B=1"));
  EXPECT_EQ(plan.graph.images.front().base, 0U);
}

TEST(Planner, EveryHistoryEntryNamesItsFrontend) {
  const BuildPlan plan = PlanText("FROM base:1\nENV A=1\nRUN x\n");
  for (const PlannedHistory& history : plan.graph.images.front().history) {
    EXPECT_EQ(history.entry.comment, "buildkit.dockerfile.v0");
  }
}

TEST(Planner, TriggersRunAfterFromAndOnlyOnce) {
  const BuildPlan plan = PlanText("FROM onbuild:1 AS a\nRUN own\nFROM a\n");
  EXPECT_THAT(HistoryOf(plan), ElementsAre("ENV TRIGGERED=yes", "COPY trigger.txt ./ # buildkit",
                                           "RUN /bin/sh -c echo trigger # buildkit",
                                           "RUN /bin/sh -c own # buildkit"));
  EXPECT_THAT(TitlesOf(plan), ElementsAre("[a 1/4] FROM docker.io/library/onbuild:1",
                                          "[a 2/4] ONBUILD COPY trigger.txt ./",
                                          "[a 3/4] ONBUILD RUN echo trigger", "[a 4/4] RUN own"));
  EXPECT_THAT(ConfigOf(plan).on_build, IsEmpty());
}

TEST(Planner, TriggersOfAStageOfTheSameFile) {
  const BuildPlan plan = PlanText("FROM base:1 AS a\nONBUILD RUN t\nFROM a\nRUN own\n");
  EXPECT_THAT(HistoryOf(plan),
              ElementsAre("RUN /bin/sh -c t # buildkit", "RUN /bin/sh -c own # buildkit"));
}

TEST(Planner, TriggersMayNeedOtherStages) {
  const BuildPlan plan = PlanText(
      "FROM base:1 AS dep\nRUN dep\nFROM base:1 AS a\nONBUILD COPY --from=dep /x /x\nFROM a\n");
  EXPECT_THAT(TitlesOf(plan), Contains("[dep 2/2] RUN dep"));
}

TEST(Planner, FaultsOfTriggersSurfaceInTheChild) {
  EXPECT_NO_THROW(PlanText("FROM base:1\nONBUILD NONSENSE x\n"));
  const auto error = CatchError([] { PlanText("FROM base:1 AS a\nONBUILD NONSENSE x\nFROM a\n"); });
  ASSERT_TRUE(error);
  EXPECT_THAT(error->what(), testing::HasSubstr("unknown instruction: NONSENSE"));
  EXPECT_THAT(error->what(), testing::HasSubstr("in the trigger ONBUILD NONSENSE x"));
}

TEST(Planner, TriggersThatBringUpStagesWithoutEndAreStopped) {
  std::string text = "FROM base:1 AS s0\n";
  for (int i = 1; i <= 200; ++i) {
    const std::string self = std::to_string(i);
    const std::string before = std::to_string(i - 1);
    text += "FROM base:1 AS t" + self + "\nONBUILD COPY --from=s" + before + " /x /x\n";
    text += "FROM t" + self + " AS s" + self + "\n";
  }
  ExpectError(ErrorKind::kResourceExhausted, "nest too deeply", [&] { PlanText(text); });
}

TEST(Planner, AStageHasAtMostTheLayersThatCanBeMounted) {
  std::string text = "FROM scratch AS a\n";
  for (int i = 1; i <= 400; ++i) text += "RUN echo " + std::to_string(i) + "\n";
  text += "FROM a\n";
  for (int i = 401; i <= 499; ++i) text += "COPY a" + std::to_string(i) + " /\n";
  EXPECT_NO_THROW(PlanText(text));
  const auto error = CatchError([&] { PlanText(text + "ENV A=1\nRUN one more\n"); });
  ASSERT_TRUE(error);
  EXPECT_THAT(error->what(), testing::HasSubstr("more than 499 layers"));
  EXPECT_EQ(error->excerpts().front().range.begin.line, 503U);
}

TEST(Planner, FiveThousandInstructionsOfAStage) {
  std::string text = "FROM scratch\n";
  for (int i = 0; i < 5000; ++i) {
    text += "ENV A" + std::to_string(i) + "=$A" + std::to_string(i - 1) + "\n";
  }
  EXPECT_EQ(HistoryOf(PlanText(text)).size(), 5000U);
}

TEST(Planner, SaysFirstWhichImagesItWillAskFor) {
  PlanInput input = DefaultPlanInput();
  std::vector<std::string> expected;
  input.expect_images = [&](const std::vector<NeededImage>& images) {
    for (const NeededImage& image : images) {
      expected.push_back(image.reference.Familiar() + " " + image.platform.ToString());
    }
  };
  PlanText(
      "FROM base:1 AS a\nFROM unneeded:1\nFROM --platform=linux/arm64 multi:1 AS c\n"
      "FROM base:1\nCOPY --from=a /x /\nCOPY --from=c /x /\nCOPY --from=preset:1 /x /\n"
      "COPY --from=base:1 /y /\n",
      input);
  EXPECT_THAT(expected,
              ElementsAre("base:1 linux/amd64", "multi:1 linux/arm64", "preset:1 linux/amd64"));
}

TEST(Planner, ErrorsCarryTheirInstruction) {
  const auto error = CatchError([] { PlanText("FROM base:1\nENV A=1\nSTOPSIGNAL NOPE\n"); });
  ASSERT_TRUE(error);
  ASSERT_EQ(error->excerpts().size(), 1U);
  EXPECT_EQ(error->excerpts().front().range.begin.line, 3U);
}

TEST(Planner, AMissingBaseCarriesItsFrom) {
  const auto error = CatchError([] { PlanText("FROM base:1\nFROM nowhere:1\n"); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind(), ErrorKind::kNotFound);
  EXPECT_EQ(error->excerpts().front().range.begin.line, 2U);
}

TEST(Planner, AMissingImageOfACopyOrMountCarriesItsInstruction) {
  for (const char* line :
       {"COPY --from=nowhere:1 /x /x", "RUN --mount=from=nowhere:1,target=/m x"}) {
    const auto error =
        CatchError([&] { PlanText(std::string("FROM base:1\nENV A=1\n") + line + "\n"); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->kind(), ErrorKind::kNotFound);
    EXPECT_EQ(error->excerpts().front().range.begin.line, 3U);
  }
}

TEST(Planner, ADirectoryAsBase) {
  PlanInput input = DefaultPlanInput();
  input.named_contexts["root"] = DirectoryContext{};
  const BuildPlan plan = PlanText("FROM root\nRUN x\n", input);
  EXPECT_EQ(
      std::get<ContextInput>(std::get<FileSource>(FindOp<CopyOp>(plan).sources.front()).from).name,
      "root");
  EXPECT_THAT(HistoryOf(plan), ElementsAre("FROM root", "RUN /bin/sh -c x # buildkit"));
}

TEST(Planner, AStageReplacedByAContext) {
  PlanInput input = DefaultPlanInput();
  input.named_contexts["dep"] = ImageContext{oci::Reference::Parse("preset:1")};
  const BuildPlan plan = PlanText("FROM nowhere:1 AS dep\nRUN x\nFROM dep\nRUN y\n", input);
  EXPECT_THAT(HistoryOf(plan), ElementsAre("RUN /bin/ash -c y # buildkit"));
}

TEST(Planner, SeveralPlatformsShareWhatIsEqual) {
  PlanInput input = DefaultPlanInput();
  input.platforms = {oci::Platform::Parse("linux/amd64"), oci::Platform::Parse("linux/arm64")};
  const BuildPlan plan = PlanText(
      "FROM --platform=$BUILDPLATFORM multi:1 AS build\nRUN shared\nFROM multi:1\n"
      "COPY --from=build /x /x\n",
      input);
  EXPECT_THAT(TitlesOf(plan),
              ElementsAre("[linux/amd64 build 1/2] FROM docker.io/library/multi:1",
                          "[linux/amd64 build 2/2] RUN shared",
                          "[linux/amd64 stage-1 2/2] COPY --from=build /x /x",
                          "[linux/arm64 stage-1 1/2] FROM docker.io/library/multi:1",
                          "[linux/arm64 stage-1 2/2] COPY --from=build /x /x"));
  EXPECT_EQ(plan.graph.images.size(), 2U);
}

TEST(Planner, CrossBuildTitlesNameBothPlatforms) {
  PlanInput input = DefaultPlanInput();
  input.platforms = {oci::Platform::Parse("linux/arm64"), oci::Platform::Parse("linux/arm/v7")};
  const BuildPlan plan =
      PlanText("FROM --platform=$BUILDPLATFORM multi:1\nARG TARGETARCH\nRUN x\n", input);
  EXPECT_THAT(TitlesOf(plan), Contains("[linux/amd64->arm64 2/2] RUN x"));
  EXPECT_THAT(TitlesOf(plan), Contains("[linux/amd64->arm/v7 2/2] RUN x"));
}

TEST(Planner, ABaseOfAnotherPlatformIsAWarning) {
  PlanInput input = DefaultPlanInput();
  input.platforms = {oci::Platform::Parse("linux/arm64")};
  const BuildPlan plan = PlanText("FROM base:1\n", input);
  ASSERT_EQ(plan.warnings.size(), 1U);
  EXPECT_EQ(plan.warnings.front().rule, "InvalidBaseImagePlatform");
  EXPECT_EQ(plan.warnings.front().message,
            "Base image base:1 was pulled with platform \"linux/amd64\", expected \"linux/arm64\" "
            "for current build");
}

TEST(Planner, SourceDateEpochComesFromAnArgumentTheFileOrTheInput) {
  PlanInput input = DefaultPlanInput();
  const std::string_view text = "ARG SOURCE_DATE_EPOCH=3\nFROM base:1\n";
  EXPECT_EQ(PlanText("FROM base:1\n", input).source_date_epoch, std::nullopt);
  input.source_date_epoch = 1;
  EXPECT_EQ(PlanText("FROM base:1\n", input).source_date_epoch, 1);
  EXPECT_EQ(PlanText(text, input).source_date_epoch, 3);
  input.build_args["SOURCE_DATE_EPOCH"] = "2";
  EXPECT_EQ(PlanText(text, input).source_date_epoch, 2);
}

// Which source was asked for, as text.
std::string Describe(const EpochSource& source) {
  if (const auto* context = std::get_if<ContextTime>(&source)) return "context " + context->name;
  if (const auto* url = std::get_if<UrlSource>(&source)) return url->url;
  return std::get<GitSource>(source).remote + "#" + std::get<GitSource>(source).ref;
}

TEST(Planner, SourceDateEpochMayNameASource) {
  PlanInput input = DefaultPlanInput();
  input.named_contexts.emplace("data", DirectoryContext{});
  std::string asked;
  input.source_time = [&](const EpochSource& source) {
    asked = Describe(source);
    return std::optional<std::int64_t>(77);
  };
  const auto plan = [&](const std::string& value, const std::string& stages = "") {
    input.build_args["SOURCE_DATE_EPOCH"] = value;
    return PlanText(stages + "FROM base:1\nARG SOURCE_DATE_EPOCH\n", input);
  };
  EXPECT_EQ(plan("context").source_date_epoch, 77);
  EXPECT_EQ(asked, "context ");
  EXPECT_THAT(HistoryOf(plan("Data")), Contains("ARG SOURCE_DATE_EPOCH=77"));
  EXPECT_EQ(asked, "context data");
  plan("src", "ARG V=1\nFROM scratch AS Src\nARG V\nADD https://h/x-$V.tgz /\n");
  EXPECT_EQ(asked, "https://h/x-1.tgz");
  plan("src", "FROM scratch AS src\nADD https://h/x.git#v1 /\n");
  EXPECT_EQ(asked, "https://h/x.git#v1");
  EXPECT_EQ(PlanText("ARG SOURCE_DATE_EPOCH=context\nFROM base:1\n",
                     [&] {
                       PlanInput plain = input;
                       plain.build_args.clear();
                       return plain;
                     }())
                .source_date_epoch,
            77);
  input.source_time = nullptr;
  EXPECT_EQ(plan("context").source_date_epoch, std::nullopt);
}

TEST(Planner, SourceDateEpochOfNoSourceIsAnError) {
  const auto plan = [](const std::string& stages) {
    PlanInput input = DefaultPlanInput();
    input.build_args["SOURCE_DATE_EPOCH"] = "src";
    PlanText(stages + "FROM base:1\n", input);
  };
  ExpectError(ErrorKind::kInvalidInput, "invalid SOURCE_DATE_EPOCH: src", [&] { plan(""); });
  ExpectError(ErrorKind::kInvalidInput, "SOURCE_DATE_EPOCH stage must use FROM scratch",
              [&] { plan("FROM base:1 AS src\n"); });
  for (const char* body : {"", "ADD f /\n", "ADD https://h/a https://h/b /\n", "RUN x\n",
                           "ADD https://h/a /\nADD https://h/b /\n"}) {
    ExpectError(ErrorKind::kInvalidInput, "SOURCE_DATE_EPOCH stage must",
                [&] { plan(std::string("FROM scratch AS src\n") + body); });
  }
}

TEST(Planner, TriggersOfABaseCanBeSwitchedOff) {
  PlanInput input = DefaultPlanInput();
  input.build_args["BUILDKIT_DISABLE_ONBUILD"] = "1";
  const BuildPlan plan = PlanText("FROM onbuild:1\n", input);
  EXPECT_THAT(HistoryOf(plan), IsEmpty());
  EXPECT_THAT(ConfigOf(plan).on_build, IsEmpty());
}

TEST(Planner, ControlArgumentsAreChecked) {
  PlanInput input = DefaultPlanInput();
  input.build_args["BUILDKIT_DISABLE_ONBUILD"] = "perhaps";
  ExpectError(ErrorKind::kInvalidInput, "invalid boolean value for BUILDKIT_DISABLE_ONBUILD",
              [&] { PlanText("FROM onbuild:1\n", input); });
  input.build_args = {{"BUILDKIT_NO_SUCH_THING", "1"}};
  const BuildPlan plan = PlanText("FROM base:1\n", input);
  ASSERT_EQ(plan.warnings.size(), 1U);
  EXPECT_EQ(plan.warnings[0].rule, "UnusedBuildArg");
}

TEST(Planner, ImagesForWindowsGetItsDefaults) {
  PlanInput input = DefaultPlanInput();
  input.platforms = {oci::Platform::Parse("windows/amd64")};
  const BuildPlan plan = PlanText("FROM scratch\nCMD dir\n", input);
  EXPECT_THAT(ConfigOf(plan).env, IsEmpty());
  EXPECT_THAT(ConfigOf(plan).cmd, ElementsAre("cmd", "/S", "/C", "dir"));
}

TEST(Planner, AnIndexCanBeForced) {
  PlanInput input = DefaultPlanInput();
  EXPECT_FALSE(PlanText("FROM base:1\n", input).force_index);
  input.build_args["BUILDKIT_MULTI_PLATFORM"] = "1";
  EXPECT_TRUE(PlanText("FROM base:1\n", input).force_index);
}

}  // namespace
}  // namespace ibuild::builder
