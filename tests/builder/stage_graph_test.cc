#include "builder/plan/stage_graph.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "parser/syntax/parse.h"
#include "tests/builder/plan_fixture.h"
#include "tests/expect_error.h"

namespace ibuild::builder {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// A graph together with all that it refers to.
class Graph {
 public:
  explicit Graph(std::string_view text, NamedContexts contexts = {})
      : source_("Dockerfile", std::string(text)),
        dockerfile_(parser::ParseDockerfile(source_).dockerfile),
        contexts_(std::move(contexts)),
        scope_(args_, {}, '\\'),
        graph_(dockerfile_, source_, contexts_, scope_) {}

  const StageGraph* operator->() const { return &graph_; }

 private:
  SourceText source_;
  parser::Dockerfile dockerfile_;
  NamedContexts contexts_;
  BuildArgs args_;
  GlobalScope scope_;
  StageGraph graph_;
};

std::size_t StageOf(const Origin& origin) { return std::get<StageOrigin>(origin).stage; }
std::string ImageOf(const Origin& origin) {
  return std::get<ImageOrigin>(origin).reference.Familiar();
}

constexpr std::string_view kPruned =
    "FROM base:1 AS a\nFROM nowhere:1 AS unused\nFROM base:1 AS b\nCOPY --from=A /x /x\n"
    "FROM scratch\nRUN --mount=type=bind,from=b,target=/b true\n";

TEST(StageGraph, NeedsFollowFromCopyAndMounts) {
  const Graph graph(kPruned);
  EXPECT_THAT(graph->NeededFor(3), ElementsAre(0, 2, 3));
  EXPECT_THAT(graph->NeededFor(0), ElementsAre(0));
}

TEST(StageGraph, BasesOfUnneededStagesAreNeverAskedFor) {
  EXPECT_EQ(PlanText(kPruned).graph.images.size(), 1U);  // nowhere:1 would be an error
}

TEST(StageGraph, FromTakesTheNearestEarlierStageOfAName) {
  const Graph graph("FROM base:1 AS a\nFROM a AS x\nFROM base:2 AS a\nFROM a\n");
  EXPECT_EQ(StageOf(graph->BaseOf(1)), 0U);
  EXPECT_EQ(StageOf(graph->BaseOf(3)), 2U);
  const Graph three(
      "FROM base:1 AS a\nFROM base:2 AS a\nFROM base:3 AS b\nFROM a\nFROM base:4 AS a\nFROM a\n");
  EXPECT_EQ(StageOf(three->BaseOf(3)), 1U) << "neither the first nor the last";
  EXPECT_EQ(StageOf(three->BaseOf(5)), 4U);
}

TEST(StageGraph, CopyTakesTheLastStageOfANameInTheFile) {
  const Graph graph("FROM base:1 AS a\nFROM base:2 AS a\nFROM scratch\nCOPY --from=a /x /x\n");
  EXPECT_EQ(StageOf(graph->FindForCopy("a", 2)), 1U);
}

TEST(StageGraph, CopyBetweenTwoStagesOfOneNameIsAnOrderError) {
  ExpectError(ErrorKind::kInvalidInput,
              "cannot copy from stage \"a\", it needs to be defined before current stage \"b\"",
              [] {
                PlanText(
                    "FROM base:1 AS a\nFROM base:1 AS b\nCOPY --from=a /x /x\nFROM base:1 AS a\n"
                    "FROM b\n");
              });
}

TEST(StageGraph, NamesIgnoreCase) {
  const Graph graph("FROM base:1 AS Build\nFROM BUILD\n");
  EXPECT_EQ(StageOf(graph->BaseOf(1)), 0U);
  EXPECT_EQ(graph->FindTarget("bUILD"), 0U);
  EXPECT_EQ(StageOf(graph->FindForCopy("BuiLD", 1)), 0U);
}

TEST(StageGraph, AStageThatNamesItselfMeansTheImage) {
  const Graph graph("FROM alpine AS alpine\n");
  EXPECT_EQ(ImageOf(graph->BaseOf(0)), "alpine:latest");
}

TEST(StageGraph, AnIndexCountsForCopyButNotForMountsOrTargets) {
  const Graph graph("FROM base:1\nFROM base:1\n");
  EXPECT_EQ(StageOf(graph->FindForCopy("0", 1)), 0U);
  EXPECT_EQ(ImageOf(graph->FindForMount("0", "/m", 1)), "0:latest");
  ExpectError(ErrorKind::kNotFound, "target stage \"0\" could not be found",
              [&] { graph->FindTarget("0"); });
}

TEST(StageGraph, AnIndexThatDoesNotExistIsAnErrorInUnneededStagesToo) {
  ExpectError(ErrorKind::kInvalidInput, "invalid stage index 5",
              [] { PlanText("FROM base:1\nCOPY --from=5 /x /x\nFROM base:1\n"); });
  ExpectError(ErrorKind::kInvalidInput, "invalid stage index -1",
              [] { PlanText("FROM base:1\nCOPY --from=-1 /x /x\n"); });
}

TEST(StageGraph, AnIndexMayHaveASign) {
  const Graph graph("FROM base:1\nFROM base:1\nFROM base:1\n");
  EXPECT_EQ(StageOf(graph->FindForCopy("+0", 2)), 0U);
  EXPECT_EQ(StageOf(graph->FindForCopy("+1", 2)), 1U);
  for (const char* index : {"3", "+3", "-1", "99999999999"}) {
    ExpectError(ErrorKind::kInvalidInput, std::string("invalid stage index ") + index,
                [&] { graph->FindForCopy(index, 2); });
  }
  EXPECT_EQ(ImageOf(graph->FindForCopy("2x", 2)), "2x:latest") << "no number, so an image";
}

TEST(StageGraph, ALaterStageCanNotBeCopiedFrom) {
  ExpectError(
      ErrorKind::kInvalidInput,
      "cannot copy from stage \"y\", it needs to be defined before current stage \"x\"",
      [] { PlanText("FROM base:1 AS x\nCOPY --from=y /a /a\nFROM base:1 AS y\nFROM x\n"); });
}

TEST(StageGraph, ALaterStageCanNotBeMounted) {
  ExpectError(ErrorKind::kInvalidInput, "cannot mount from stage \"y\" to \"/m\"", [] {
    PlanText("FROM base:1 AS x\nRUN --mount=from=y,target=/m true\nFROM base:1 AS y\nFROM x\n");
  });
}

TEST(StageGraph, CyclesAreFound) {
  ExpectError(ErrorKind::kInvalidInput, "circular dependency detected on stage: x",
              [] { PlanText("FROM base:1 AS x\nCOPY --from=x /a /a\n"); });
  ExpectError(ErrorKind::kInvalidInput, "circular dependency detected on stage: x", [] {
    PlanText("FROM base:1 AS x\nCOPY --from=y /a /a\nFROM x AS y\nFROM base:1\n");
  });
  ExpectError(ErrorKind::kInvalidInput, "circular dependency detected on stage: x",
              [] { PlanText("FROM base:1 AS x\nRUN --mount=from=x,target=/m true\n"); });
}

TEST(StageGraph, AMissingTargetNamesTheNearestStage) {
  const auto error = CatchError([] {
    PlanInput input = DefaultPlanInput();
    input.target = "biuld";
    PlanText("FROM base:1 AS build\nFROM base:1 AS test\n", input);
  });
  ASSERT_TRUE(error);
  EXPECT_STREQ(error->what(), "target stage \"biuld\" could not be found (did you mean build?)");
  EXPECT_EQ(error->hint(), "stages with a name: build, test");
}

TEST(StageGraph, BlankAndMalformedBasesAreErrorsWithAnExcerpt) {
  const auto error = CatchError([] { PlanText("ARG X\nFROM $X\n"); });
  ASSERT_TRUE(error);
  EXPECT_STREQ(error->what(), "base name ($X) should not be blank");
  ASSERT_EQ(error->excerpts().size(), 1U);
  EXPECT_EQ(error->excerpts().front().range.begin.line, 2U);
  ExpectError(ErrorKind::kInvalidInput, "failed to parse stage name \"No:Such:Name\"",
              [] { PlanText("FROM No:Such:Name\n"); });
}

TEST(StageGraph, PlatformComesFromGlobalArgs) {
  const Graph graph("FROM --platform=linux/arm64 base:1\nFROM base:1\n");
  EXPECT_EQ(graph->PlatformOf(0)->ToString(), "linux/arm64");
  EXPECT_FALSE(graph->PlatformOf(1));
  ExpectError(ErrorKind::kInvalidInput, "empty platform value from expression $NOPE",
              [] { Graph("FROM --platform=$NOPE base:1\n"); });
  ExpectError(ErrorKind::kInvalidInput, "failed to parse platform",
              [] { Graph("FROM --platform=what/ever/is/this base:1\n"); });
}

TEST(StageGraph, NamedContextsComeBeforeImagesUnderAnySpelling) {
  const Graph graph("FROM alpine\nFROM base:1\n",
                    {{"docker.io/library/alpine:latest", DirectoryContext{}}});
  EXPECT_EQ(std::get<DirectoryOrigin>(graph->BaseOf(0)).context, "docker.io/library/alpine:latest");
  EXPECT_EQ(std::get<DirectoryOrigin>(graph->FindForCopy("alpine:latest", 1)).context,
            "docker.io/library/alpine:latest");
}

TEST(StageGraph, ANamedContextReplacesTheStageOfItsName) {
  const Graph graph("FROM base:1 AS dep\nRUN false\nFROM dep\n",
                    {{"dep", ImageContext{oci::Reference::Parse("other:2")}}});
  EXPECT_TRUE(graph->IsReplaced(0));
  EXPECT_EQ(ImageOf(graph->BaseOf(0)), "other:2");
  EXPECT_EQ(StageOf(graph->BaseOf(1)), 0U);
}

TEST(StageGraph, ScratchIsNothingUnlessAContextHasItsName) {
  EXPECT_TRUE(std::holds_alternative<NothingOrigin>(Graph("FROM scratch\n")->BaseOf(0)));
  const Graph graph("FROM scratch\n", {{"scratch", DirectoryContext{}}});
  EXPECT_TRUE(std::holds_alternative<DirectoryOrigin>(graph->BaseOf(0)));
}

// Neither planning nor the search for cycles may use the machine's stack once per stage.
TEST(StageGraph, FiveThousandStagesInAChain) {
  std::string copies = "FROM scratch AS s0\n";
  std::string mounts = "FROM base:1 AS s0\n";
  std::string parents = "FROM scratch AS s0\n";
  for (int i = 1; i < 5000; ++i) {
    copies += fmt::format("FROM scratch AS s{}\nCOPY --from=s{} / /\n", i, i - 1);
    mounts += fmt::format("FROM base:1 AS s{}\nRUN --mount=from=s{},target=/m true\n", i, i - 1);
    parents += fmt::format("FROM s{} AS s{}\nENV A{}=1\n", i - 1, i, i % 7);
  }
  EXPECT_EQ(PlanText(copies).graph.vertices.size(), 5000U);
  EXPECT_EQ(PlanText(mounts).graph.vertices.size(), 5000U);
  EXPECT_EQ(HistoryOf(PlanText(parents)).size(), 4999U);
}

}  // namespace
}  // namespace ibuild::builder
