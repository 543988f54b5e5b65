// Whole builds with commands that are functions: order, cache, failure, cancelling.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "tests/builder/solve_fixture.h"
#include "tests/expect_error.h"

namespace ibuild::builder {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* kTwoSteps = "FROM scratch\nCOPY a /a\nRUN [\"first\"]\nRUN [\"second\"]\n";

TEST_F(SolveTest, StepsRunInOrderAndMakeLayers) {
  Write(context(), "a", "1");
  Writes("first", "one", "1");
  Writes("second", "two", "2");
  const BuildResult result = BuildText(kTwoSteps);
  EXPECT_THAT(executor_.commands(), ElementsAre("first", "second"));
  EXPECT_EQ(result.steps, 3u);
  EXPECT_EQ(result.cached_steps, 0u);
  EXPECT_EQ(Files(result),
            "f 644 0:0 a\nd 755 0:0 dev\nf 644 0:0 one\nd 755 0:0 proc\nd 755 0:0 sys\n"
            "f 644 0:0 two\n");
}

TEST_F(SolveTest, ASecondBuildIsCachedAndNeedsNoRoot) {
  Write(context(), "a", "1");
  Writes("first", "one", "1");
  const BuildResult before = BuildText(kTwoSteps);
  EXPECT_EQ(roots_, 1);
  const BuildResult after = BuildText(kTwoSteps);
  EXPECT_EQ(after.cached_steps, 3u);
  EXPECT_EQ(executor_.commands().size(), 2u);
  EXPECT_EQ(roots_, 1) << "root for a build that runs nothing";
  EXPECT_EQ(after.root.digest, before.root.digest);
}

TEST_F(SolveTest, ATouchedFileIsCachedAndAChangedOneIsNot) {
  Write(context(), "a", "1");
  BuildText(kTwoSteps);
  SetTime(context() / "a", 5);
  EXPECT_EQ(BuildText(kTwoSteps).cached_steps, 3u);
  Write(context(), "a", "2");
  EXPECT_EQ(BuildText(kTwoSteps).cached_steps, 0u);
  EXPECT_EQ(executor_.commands().size(), 4u);
}

TEST_F(SolveTest, ARebuildThatGivesTheSameFilesStopsThere) {
  Write(context(), "a", "1");
  Writes("first", "out", "same");
  const std::string text =
      "FROM scratch AS build\nCOPY a /a\nRUN [\"first\"]\n"
      "FROM scratch\nCOPY --from=build /out /out\nRUN [\"second\"]\n";
  BuildText(text);
  Write(context(), "a", "2");
  const BuildResult result = BuildText(text);
  EXPECT_THAT(executor_.commands(), ElementsAre("first", "second", "first"));
  EXPECT_EQ(result.cached_steps, 2u);
}

TEST_F(SolveTest, FilesOfLayersAreReadInTheUserNamespaceOnly) {
  const std::string text =
      "FROM scratch AS a\nRUN [\"first\"]\nFROM scratch\nCOPY --from=a /none /x\n";
  for (const int expected : {1, 2}) {
    ExpectError(ErrorKind::kNotFound, "not found", [&] { BuildText(text); });
    EXPECT_EQ(roots_, expected);
  }
  EXPECT_EQ(executor_.commands().size(), 1u);
}

TEST_F(SolveTest, NoCacheRunsEverythingAgain) {
  Write(context(), "a", "1");
  BuildText(kTwoSteps);
  request_.cache.no_cache = true;
  EXPECT_EQ(BuildText(kTwoSteps).cached_steps, 0u);
  EXPECT_EQ(executor_.commands().size(), 4u);
}

TEST_F(SolveTest, NoCacheOfAStageLeavesTheOthersAlone) {
  const std::string text =
      "FROM scratch AS a\nRUN [\"first\"]\nFROM scratch\nRUN [\"second\"]\n"
      "COPY --from=a / /a/\n";
  BuildText(text);
  request_.cache.no_cache_stages = {"A"};
  BuildText(text);
  EXPECT_THAT(executor_.commands(), testing::UnorderedElementsAre("first", "second", "first"));
  request_.cache.no_cache_stages = {"b"};
  ExpectError(ErrorKind::kNotFound, "there is no stage \"b\"", [&] { BuildText(text); });
}

TEST_F(SolveTest, AFailedCommandSaysSoWithExcerptAndLogAndIsNeverCached) {
  executor_.When("sh -c boom", [](const SandboxSpec&, const ProcessIo& io, std::stop_token) {
    io.output("some out");
    io.output("put\nlast");
    ExecutionResult result;
    result.status.code = 3;
    return result;
  });
  const std::string text = "FROM scratch\nRUN [\"sh\", \"-c\", \"boom\"]\n";
  for (int i = 0; i < 2; ++i) {
    const auto error = CatchError([&] { BuildText(text); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->kind(), ErrorKind::kStepFailed);
    EXPECT_EQ(error->message(),
              "process \"sh -c boom\" did not complete successfully: exit code: 3");
    ASSERT_EQ(error->excerpts().size(), 1u);
    EXPECT_EQ(error->excerpts()[0].range.begin.line, 2u);
  }
  EXPECT_EQ(executor_.commands().size(), 2u);
  EXPECT_THAT(reporter_.Take(), Contains(HasSubstr(" some output\n")));
}

TEST_F(SolveTest, WantOfMemoryIsNamedWithLimitAndPeak) {
  request_.steps.limits.memory_bytes = 64u << 20;
  executor_.When("hog", [](const SandboxSpec& spec, const ProcessIo&, std::stop_token) {
    EXPECT_EQ(spec.limits.memory_bytes, 64u << 20);
    ExecutionResult result;
    result.status.signal = 9;
    result.usage.oom_kills = 1;
    result.usage.peak_memory = 64u << 20;
    return result;
  });
  const auto error = CatchError([&] { BuildText("FROM scratch\nRUN [\"hog\"]\n"); });
  ASSERT_TRUE(error);
  EXPECT_THAT(error->message(), HasSubstr("exit code: 137"));
  EXPECT_THAT(error->message(), HasSubstr("the limit is 64"));
  EXPECT_THAT(error->message(), HasSubstr("the peak was 64"));
  EXPECT_THAT(error->hint(), HasSubstr("--memory"));
  EXPECT_EQ(error->excerpts().size(), 1u);
}

TEST_F(SolveTest, IndependentStagesRunSideBySideAndAFailureStopsTheOthers) {
  std::atomic<bool> stopped = false;
  std::atomic<bool> waiting = false;
  executor_.When("slow", [&](const SandboxSpec&, const ProcessIo&, std::stop_token stop) {
    waiting = true;
    while (!stop.stop_requested()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    stopped = true;
    throw Error(ErrorKind::kCancelled, "stopped");
    return ExecutionResult{};
  });
  executor_.When("bad", [&](const SandboxSpec&, const ProcessIo&, std::stop_token) {
    while (!waiting) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    ExecutionResult result;
    result.status.code = 1;
    return result;
  });
  const auto error = CatchError([&] {
    BuildText(
        "FROM scratch AS a\nRUN [\"slow\"]\nFROM scratch AS b\nRUN [\"bad\"]\n"
        "FROM scratch\nCOPY --from=a / /a/\nCOPY --from=b / /b/\n");
  });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind(), ErrorKind::kStepFailed);
  EXPECT_TRUE(stopped);
  EXPECT_THAT(reporter_.Take(), Contains(HasSubstr("cancelled")));
  EXPECT_TRUE(std::filesystem::is_empty(root_.path() / "store/ingest"));
}

TEST_F(SolveTest, AStopRequestEndsTheBuild) {
  executor_.When("slow", [&](const SandboxSpec&, const ProcessIo&, std::stop_token stop) {
    stop_.request_stop();
    EXPECT_TRUE(stop.stop_requested());
    throw Error(ErrorKind::kCancelled, "stopped");
    return ExecutionResult{};
  });
  const auto error = CatchError([&] { BuildText("FROM scratch\nRUN [\"slow\"]\nRUN [\"x\"]\n"); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind(), ErrorKind::kCancelled);
  EXPECT_TRUE(error->excerpts().empty()) << "the line is not at fault";
  EXPECT_EQ(executor_.commands().size(), 1u);
}

TEST_F(SolveTest, AMissIsExplained) {
  request_.cache.explain = true;
  request_.build_args["A"] = "1";
  const std::string text = "FROM scratch\nARG A\nRUN [\"first\"]\n";
  BuildText(text);
  EXPECT_THAT(reporter_.Take(), Contains(HasSubstr("has not been built here before")));
  request_.build_args["A"] = "2";
  BuildText(text);
  EXPECT_THAT(reporter_.Take(), Contains(HasSubstr("ARG A was \"1\", now \"2\"")));
}

TEST_F(SolveTest, AMissingSourceIsAnErrorAtItsInstruction) {
  Write(context(), "app.js", "1");
  const auto error = CatchError([&] { BuildText("FROM scratch\nCOPY app.sj /\n"); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind(), ErrorKind::kNotFound);
  EXPECT_EQ(error->message(), "\"/app.sj\": not found");
  EXPECT_THAT(error->hint(), HasSubstr("app.js"));
  EXPECT_EQ(error->excerpts().size(), 1u);
}

TEST_F(SolveTest, AnIgnoredSourceIsExplained) {
  Write(context(), "secret", "1");
  Write(context(), ".dockerignore", "secret\n");
  const auto error = CatchError([&] { BuildText("FROM scratch\nCOPY secret /\n"); });
  ASSERT_TRUE(error);
  EXPECT_THAT(error->hint(), HasSubstr(".dockerignore"));
}

TEST_F(SolveTest, SecretsReachTheStepAndNotTheKey) {
  Write(root_.path(), "token", "hunter2\n");
  request_.secrets["t"].file = root_.path() / "token";
  const std::string text =
      "FROM scratch\nRUN --mount=type=secret,id=t --mount=type=secret,id=t,env=TOKEN "
      "--mount=type=secret,id=none [\"first\"]\n";
  BuildText(text);
  const SandboxSpec spec = executor_.specs().at(0);
  EXPECT_THAT(spec.env, Contains("TOKEN=hunter2\n"));
  ASSERT_EQ(spec.mounts.size(), 1u);
  EXPECT_EQ(spec.mounts[0].target, "/run/secrets/t");
  EXPECT_EQ(std::get<MemoryFile>(spec.mounts[0].what).content.Reveal(), "hunter2\n");
  Write(root_.path(), "token", "other");
  EXPECT_EQ(BuildText(text).cached_steps, 1u);
}

TEST_F(SolveTest, ARequiredSecretMustBeThere) {
  ExpectError(ErrorKind::kNotFound, "secret s: not found", [&] {
    BuildText("FROM scratch\nRUN --mount=type=secret,id=s,required [\"first\"]\n");
  });
}

TEST_F(SolveTest, ASecretIsAtMost500KiB) {
  Write(root_.path(), "big", std::string((500u << 10) + 1, 'x'));
  request_.secrets["s"].file = root_.path() / "big";
  ExpectError(ErrorKind::kInvalidInput, "secret s too big. max size 500KiB",
              [&] { BuildText("FROM scratch\nRUN --mount=type=secret,id=s [\"first\"]\n"); });
}

TEST_F(SolveTest, ACacheMountKeepsItsFilesAndIsInNoLayer) {
  executor_.When("fill", [](const SandboxSpec& spec, const ProcessIo&, std::stop_token) {
    Write(std::get<BindMount>(spec.mounts.at(0).what).source_root, "kept", "1");
    return ExecutionResult{};
  });
  std::string seen;
  executor_.When("look", [&](const SandboxSpec& spec, const ProcessIo&, std::stop_token) {
    seen = ReadFile(std::get<BindMount>(spec.mounts.at(0).what).source_root / "kept");
    return ExecutionResult{};
  });
  // An ordinary user can only give the volume to himself.
  const std::string mount =
      fmt::format("--mount=type=cache,target=/c,uid={},gid={}", ::geteuid(), ::getegid());
  const BuildResult result =
      BuildText("FROM scratch\nRUN " + mount + " [\"fill\"]\nRUN " + mount + " [\"look\"]\n");
  EXPECT_EQ(seen, "1");
  EXPECT_EQ(Files(result), "d 755 0:0 dev\nd 755 0:0 proc\nd 755 0:0 sys\n");
}

TEST_F(SolveTest, WithoutCacheACacheMountBeginsEmptyOnceInABuild) {
  executor_.When("add", [](const SandboxSpec& spec, const ProcessIo&, std::stop_token) {
    const auto volume = std::get<BindMount>(spec.mounts.at(0).what).source_root;
    const auto seen = ReadFileIfExists(volume / "lines").value_or("");
    Write(volume, "lines", seen + "x");
    return ExecutionResult{};
  });
  std::string seen;
  executor_.When("look", [&](const SandboxSpec& spec, const ProcessIo&, std::stop_token) {
    seen = ReadFile(std::get<BindMount>(spec.mounts.at(0).what).source_root / "lines");
    return ExecutionResult{};
  });
  const std::string mount =
      fmt::format("--mount=type=cache,target=/c,uid={},gid={}", ::geteuid(), ::getegid());
  const auto build = [&](const std::string& more) {
    BuildText("FROM scratch AS a\nRUN " + mount + " [\"add\"]\nENV B=" + more + "\nRUN " + mount +
              " [\"add\"]\nRUN " + mount + " [\"look\"]\n");
    return seen;
  };
  EXPECT_EQ(build("1"), "xx");
  EXPECT_EQ(build("2"), "xxx") << "the first step is cached";
  request_.cache.no_cache = true;
  EXPECT_EQ(build("2"), "xx");
  request_.cache.no_cache = false;
  EXPECT_EQ(build("3"), "xxx") << "goes on from what the build without cache left";
  request_.cache.no_cache_stages = {"a"};
  EXPECT_EQ(build("3"), "xx");
}

TEST_F(SolveTest, ALinkedCopyKeepsTheDirectoriesThatItGoesInto) {
  Write(context(), "tool", "1");
  const auto base = [&](mode_t mode) {
    executor_.When("base", [mode](const SandboxSpec& spec, const ProcessIo&, std::stop_token) {
      Write(spec.root.upper, "bin/sh", "1");
      std::filesystem::permissions(spec.root.upper / "bin", std::filesystem::perms(mode));
      return ExecutionResult{};
    });
  };
  const auto text = [](const std::string& variant) {
    return "FROM scratch\nENV V=" + variant +
           "\nRUN [\"base\"]\nCOPY --link --chmod=700 tool /bin/new/tool\n";
  };
  base(0751);
  const std::string files = Files(BuildText(text("1")));
  EXPECT_THAT(files, HasSubstr("d 751 0:0 bin\n"));
  EXPECT_THAT(files,
              AllOf(HasSubstr("d 700 0:0 bin/new\n"), HasSubstr("f 700 0:0 bin/new/tool\n")));
  const BuildResult on_equal_base = BuildText(text("2"));
  EXPECT_EQ(on_equal_base.cached_steps, 1u) << "the copy, on another base with such directories";
  base(0711);
  const BuildResult on_other_base = BuildText(text("3"));
  EXPECT_EQ(on_other_base.cached_steps, 0u);
  EXPECT_THAT(Files(on_other_base), HasSubstr("d 711 0:0 bin\n"));
}

TEST_F(SolveTest, ABindMountOfTheContextShowsWhatIsNotIgnored) {
  Write(context(), "src/main.c", "m");
  Write(context(), "src/main.o", "o");
  Write(context(), ".dockerignore", "**/*.o\n");
  std::string listing;
  executor_.When("look", [&](const SandboxSpec& spec, const ProcessIo&, std::stop_token) {
    const auto& view = std::get<OverlayMount>(spec.mounts.at(0).what);
    listing = ListTree(layers::LayeredTree(view.lowers));
    return ExecutionResult{};
  });
  const std::string text = "FROM scratch\nRUN --mount=target=/m,source=src [\"look\"]\n";
  BuildText(text);
  EXPECT_EQ(listing, "f 644 0:0 main.c\n");
  Write(context(), "src/main.o", "other");
  EXPECT_EQ(BuildText(text).cached_steps, 1u);
  Write(context(), "src/main.c", "other");
  EXPECT_EQ(BuildText(text).cached_steps, 0u);
}

TEST_F(SolveTest, AHereDocumentIsPartOfTheKey) {
  const std::string text = "FROM scratch\nCOPY <<EOF /f\none\nEOF\n";
  EXPECT_EQ(Files(BuildText(text)), "f 644 0:0 f\n");
  EXPECT_EQ(BuildText(text).cached_steps, 1u);
  EXPECT_EQ(BuildText("FROM scratch\nCOPY <<EOF /f\ntwo\nEOF\n").cached_steps, 0u);
}

TEST_F(SolveTest, SourceDateEpochMakesBuildsBitForBitEqual) {
  Write(context(), "d/a", "1");
  request_.source_date_epoch = 1'000'000'000;
  request_.cache.no_cache = true;
  const std::string text = "FROM scratch\nWORKDIR /w\nCOPY d /x/y\nRUN [\"first\"]\n";
  Writes("first", "one", "1");
  const BuildResult before = BuildText(text);
  EXPECT_EQ(BuildText(text).root.digest, before.root.digest);
}

TEST_F(SolveTest, WithAnEpochWhatIsMadeGetsItAndWhatWasThereKeepsItsTime) {
  Write(context(), "old", "1");
  SetTime(context() / "old", 1'500'000'000);
  request_.source_date_epoch = 1'000'000'000;
  executor_.When("make", [](const SandboxSpec& spec, const ProcessIo&, std::stop_token) {
    Write(spec.root.upper, "made", "1");
    Write(spec.root.upper, "unpacked", "1");
    SetTime(spec.root.upper / "unpacked", 1'200'000'000);
    return ExecutionResult{};
  });
  const std::string text = "FROM scratch\nCOPY old /new/old\nRUN [\"make\"]\n";
  const auto times = [&] {
    const auto stack = store_.layer_directories().FindStack(BuildText(text).images.at(0).layers);
    const layers::LayeredTree tree(*stack);
    std::vector<std::int64_t> seconds;
    for (const char* path : {"new", "new/old", "made", "unpacked", "proc"}) {
      seconds.push_back(tree.Find(CleanPath::Parse(path))->meta.mtime.seconds);
    }
    return seconds;
  };
  EXPECT_THAT(times(), ElementsAre(1'000'000'000, 1'500'000'000, 1'000'000'000, 1'200'000'000,
                                   1'000'000'000));
  request_.clamp_times = true;
  const auto clamped = BuildText(text);
  EXPECT_EQ(clamped.cached_steps, 0u) << "another layer, hence another key";
}

TEST_F(SolveTest, AnUnknownOwnerIsRootWithAWarningAndAnErrorWhenStrict) {
  Write(context(), "a", "1");
  Writes("first", "etc/passwd", "root:x:0:0::/:/bin/sh\n");
  const std::string text = "FROM scratch\nRUN [\"first\"]\nCOPY --chown=nouser a /a\n";
  BuildText(text);
  EXPECT_THAT(reporter_.Take(), Contains(HasSubstr("\"nouser\" is not in the image's passwd")));
  request_.strict = true;
  request_.cache.no_cache = true;
  ExpectError(ErrorKind::kInvalidInput, "invalid user index", [&] { BuildText(text); });
}

TEST_F(SolveTest, ALintErrorStopsBeforeAnythingRuns) {
  ExpectError(ErrorKind::kInvalidInput, "lint violation found for rules: ", [&] {
    BuildText("# check=error=true\nFROM scratch AS Foo\nRUN [\"first\"]\n");
  });
  EXPECT_THAT(executor_.commands(), IsEmpty());
}

}  // namespace
}  // namespace ibuild::builder
