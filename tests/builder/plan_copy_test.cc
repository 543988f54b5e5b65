#include <gmock/gmock.h>

#include "tests/builder/plan_fixture.h"
#include "tests/expect_error.h"

namespace ibuild::builder {
namespace {

using testing::Contains;
using testing::ElementsAre;

BuildPlan PlanLines(const std::string& lines) { return PlanText("FROM base:1\n" + lines); }

std::string DestinationOf(const std::string& lines) {
  return FindOp<CopyOp>(PlanLines(lines)).destination;
}

std::vector<std::string> PatternsOf(const CopyOp& op) {
  std::vector<std::string> patterns;
  for (const CopySource& source : op.sources) {
    patterns.push_back(std::get<FileSource>(source).pattern);
  }
  return patterns;
}

TEST(PlanCopy, SourcesAreExpandedWordByWord) {
  const CopyOp op = FindOp<CopyOp>(PlanLines("ENV P=\"a b\"\nCOPY $P \"c\" /x\n"));
  EXPECT_THAT(PatternsOf(op), ElementsAre("a b", "c"));
  EXPECT_THAT(op.written_sources, ElementsAre("$P", "\"c\""));
  EXPECT_FALSE(op.is_add);
}

TEST(PlanCopy, JsonElementsAreExpandedToo) {
  const CopyOp op = FindOp<CopyOp>(PlanLines("ENV F=f\nCOPY [\"$F\", \"a b\", \"/d/\"]\n"));
  EXPECT_THAT(PatternsOf(op), ElementsAre("f", "a b"));
  EXPECT_EQ(op.destination, "/d/");
}

TEST(PlanCopy, DestinationsAreJoinedAndCleanedWithTheirSlash) {
  EXPECT_EQ(DestinationOf("COPY a /x"), "/x");
  EXPECT_EQ(DestinationOf("COPY a /x/"), "/x/");
  EXPECT_EQ(DestinationOf("COPY a /x/."), "/x/");
  EXPECT_EQ(DestinationOf("COPY a //x/../y//z"), "/y/z");
  EXPECT_EQ(DestinationOf("COPY a /../../s"), "/s");
  EXPECT_EQ(DestinationOf("COPY a /"), "/");
  EXPECT_EQ(DestinationOf("WORKDIR /w\nCOPY a ."), "/w/");
  EXPECT_EQ(DestinationOf("WORKDIR /w\nCOPY a ./"), "/w/");
  EXPECT_EQ(DestinationOf("WORKDIR /w\nCOPY a b/"), "/w/b/");
  EXPECT_EQ(DestinationOf("WORKDIR /w/x\nCOPY a ../b"), "/w/b");
}

TEST(PlanCopy, FlagsReachTheOp) {
  const CopyOp op = FindOp<CopyOp>(PlanLines(
      "ENV U=5 M=750\nCOPY --chown=$U:6 --chmod=$M --link --parents --exclude=*.o --exclude=$x "
      "a /x/\n"));
  EXPECT_EQ(op.chown, "5:6");
  EXPECT_EQ(op.chmod, "750");
  EXPECT_TRUE(op.link);
  EXPECT_TRUE(op.parents);
  EXPECT_THAT(op.exclude, ElementsAre("*.o", "$x"));
}

TEST(PlanCopy, EmptyOptionsAreNone) {
  const CopyOp op = FindOp<CopyOp>(PlanLines("COPY --chown=$NO --chmod=$NO a /x\n"));
  EXPECT_FALSE(op.chown);
  EXPECT_FALSE(op.chmod);
}

TEST(PlanCopy, BadChmodIsAnErrorOfThePlan) {
  ExpectError(ErrorKind::kInvalidInput, "invalid chmod parameter: '10000'",
              [] { PlanLines("COPY --chmod=10000 a /x\n"); });
}

TEST(PlanCopy, HistoryShowsExpandedWordsAndSomeFlags) {
  EXPECT_THAT(
      HistoryOf(PlanLines("ENV F=f\nCOPY --link --exclude=x --chmod=700 --chown=1 $F a d/\n")),
      Contains("COPY --chown=1 --chmod=700 f a d/ # buildkit"));
  EXPECT_THAT(HistoryOf(PlanLines("COPY --parents a/b /c/\nADD a.tar /\n")),
              ElementsAre("COPY --parents a/b /c/ # buildkit", "ADD a.tar / # buildkit"));
  EXPECT_THAT(HistoryOf(PlanLines("COPY a <<one <<two /m/\n1\none\n2\ntwo\n")),
              ElementsAre("COPY a <<one <<two /m/ # buildkit"));
}

TEST(PlanCopy, FromAStageAnIndexAnImageAndAContext) {
  PlanInput input = DefaultPlanInput();
  input.named_contexts["extra"] = DirectoryContext{};
  const BuildPlan plan = PlanText(
      "FROM base:1 AS a\nRUN true\nFROM scratch\nCOPY --from=A /1 /\nCOPY --from=0 /2 /\n"
      "COPY --from=preset:1 /3 /\nCOPY --from=extra /4 /\n",
      input);
  const auto from = [&](std::size_t n) {
    return std::get<FileSource>(FindOp<CopyOp>(plan, n).sources.front()).from;
  };
  EXPECT_EQ(std::get<VertexInput>(from(0)).vertex, std::get<VertexInput>(from(1)).vertex);
  const VertexId image = std::get<VertexInput>(from(2)).vertex;
  EXPECT_EQ(plan.graph.vertices.at(image).title, "FROM docker.io/library/preset:1");
  EXPECT_EQ(std::get<ContextInput>(from(3)).name, "extra");
}

TEST(PlanCopy, InputsAreTheStateAndThenWhatTheOpNames) {
  const BuildPlan plan =
      PlanText("FROM base:1 AS a\nRUN true\nFROM scratch\nCOPY --from=a /x /y /\n");
  const Vertex& copy = plan.graph.vertices.back();
  EXPECT_THAT(copy.inputs, ElementsAre(2, 1));  // scratch, then a's RUN once
}

TEST(PlanCopy, VariablesInFromHaveAWorkaround) {
  ExpectError(ErrorKind::kInvalidInput, "variable expansion is not supported for --from",
              [] { PlanLines("ARG S=a\nCOPY --from=$S /x /\n"); });
}

TEST(PlanCopy, HeredocsAreFilesWithExpandedContent) {
  const CopyOp op =
      FindOp<CopyOp>(PlanLines("ENV y=Y\nCOPY <<EOF /f\na $U \"q\" \\$y \\n '$y'\nEOF\n"));
  const auto& inlined = std::get<InlineSource>(op.sources.front());
  EXPECT_EQ(inlined.name, "EOF");
  EXPECT_EQ(inlined.content, "a  \"q\" $y n 'Y'\n");
}

TEST(PlanCopy, QuotedHeredocsAreVerbatim) {
  const CopyOp op = FindOp<CopyOp>(PlanLines("COPY <<\"EOF\" /f\na $U \\n\nEOF\n"));
  EXPECT_EQ(std::get<InlineSource>(op.sources.front()).content, "a $U \\n\n");
}

TEST(PlanCopy, HeredocNames) {
  const CopyOp op = FindOp<CopyOp>(PlanLines("COPY <<-/abs/name /d/\n\tx\n\t/abs/name\n"));
  EXPECT_EQ(std::get<InlineSource>(op.sources.front()).name, "name");
  EXPECT_EQ(std::get<InlineSource>(op.sources.front()).content, "x\n");
  ExpectError(ErrorKind::kInvalidInput, "can not be a file in a directory",
              [] { PlanLines("COPY <<dir/f /d/\nx\ndir/f\n"); });
}

TEST(PlanCopy, CopyRefusesRemoteSources) {
  ExpectError(ErrorKind::kInvalidInput, "source can't be a URL for COPY",
              [] { PlanLines("COPY http://host.test/f /x\n"); });
  ExpectError(ErrorKind::kInvalidInput, "source can't be a git ref for COPY",
              [] { PlanLines("COPY https://host.test/r.git /x\n"); });
}

TEST(PlanCopy, AddReadsUrlsRepositoriesAndFilesTogether) {
  const CopyOp op = FindOp<CopyOp>(PlanLines(
      "ADD --keep-git-dir=true http://h.test/f?x=1 https://h.test/r.git#v1:sub a.tar /d/\n"));
  EXPECT_TRUE(op.is_add);
  ASSERT_EQ(op.sources.size(), 3U);
  EXPECT_EQ(std::get<UrlSource>(op.sources[0]).file_name, "f");
  const auto& git = std::get<GitSource>(op.sources[1]);
  EXPECT_EQ(git.remote, "https://h.test/r.git");
  EXPECT_EQ(git.ref, "v1");
  EXPECT_EQ(git.subdirectory, "sub");
  EXPECT_TRUE(git.keep_git_dir);
  EXPECT_EQ(std::get<FileSource>(op.sources[2]).pattern, "a.tar");
}

TEST(PlanCopy, ChecksumRules) {
  const std::string digest = "sha256:" + std::string(64, 'a');
  const CopyOp op =
      FindOp<CopyOp>(PlanLines("ENV D=" + digest + "\nADD --checksum=$D http://h.test/f /x\n"));
  EXPECT_EQ(std::get<UrlSource>(op.sources.front()).checksum, digest);
  ExpectError(ErrorKind::kInvalidInput, "checksum can't be specified for multiple sources",
              [&] { PlanLines("ADD --checksum=" + digest + " http://h/a http://h/b /x/\n"); });
  ExpectError(ErrorKind::kInvalidInput, "checksum requires HTTP(S) or Git sources",
              [&] { PlanLines("ADD --checksum=" + digest + " local /x\n"); });
  ExpectError(ErrorKind::kInvalidInput, "invalid checksum digest",
              [] { PlanLines("ADD --checksum=md5:abc http://h/a /x\n"); });
}

TEST(PlanCopy, UnpackIsPassedOn) {
  EXPECT_EQ(FindOp<CopyOp>(PlanLines("ADD --unpack=false a.tar /x\n")).unpack, false);
  EXPECT_FALSE(FindOp<CopyOp>(PlanLines("ADD a.tar /x\n")).unpack);
}

}  // namespace
}  // namespace ibuild::builder
