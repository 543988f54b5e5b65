// Why a step did not come from the cache: random edits of kinds that the test knows, each of which
// the sentences must name (IBUILD_EXPLAIN_EDITS says how many); and the single cases.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cstdlib>
#include <random>

#include "builder/explain/listing.h"
#include "layers/pack/layer_packer.h"
#include "layers/store/prune_note.h"
#include "layers/store/reclaim.h"
#include "oci/media_type.h"
#include "tests/builder/solve_fixture.h"

namespace ibuild::builder {
namespace {

using testing::AnyOf;
using testing::Contains;
using testing::Each;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// One image, "base", which may be another one in the next build.
class OneImage final : public oci::ImageResolver {
 public:
  oci::ResolvedImage Resolve(const oci::Reference&, const oci::Platform&,
                             oci::PullPolicy) override {
    return *image;
  }
  void FetchLayers(const oci::Reference&, const oci::ResolvedImage&, std::stop_token) override {}

  std::optional<oci::ResolvedImage> image;
};

class ExplainTest : public SolveTest {
 protected:
  ExplainTest() {
    request_.cache.explain = true;
    SetBase("first");
  }

  void SetBase(const std::string& content) {
    const ScratchDir files;
    Write(files.path(), "etc/base", content);
    SetTime(files.path() / "etc/base", 1);
    SetTime(files.path() / "etc", 1);
    SetTime(files.path(), 1);
    StringSink tar;
    const layers::PackedLayer packed = layers::PackDirectory(files.path(), {}, tar);
    oci::ImageConfig config;
    config.platform = oci::Platform::Host();
    config.diff_ids = {packed.diff_id};
    oci::Manifest manifest{
        .media_type = std::string(oci::kOciManifest),
        .config = oci::PutBlob(store_.blobs(), oci::kOciConfig, Serialize(config)),
        .layers = {oci::PutBlob(store_.blobs(), oci::kOciLayer, tar.text())}};
    const oci::Descriptor descriptor =
        oci::PutBlob(store_.blobs(), oci::kOciManifest, Serialize(manifest));
    images_.image = oci::ResolvedImage{descriptor, manifest, config, Serialize(config)};
  }

  // Every command leaves a file that depends on its name, its environment and its user.
  void Knows(const std::string& command) {
    executor_.When(command, [=](const SandboxSpec& spec, const ProcessIo&, std::stop_token) {
      Write(spec.root.upper, "out/" + command, Join(spec.env, "\n") + spec.user);
      SetTime(spec.root.upper / "out" / command, 1);
      SetTime(spec.root.upper / "out", 1);
      return ExecutionResult{};
    });
  }

  // What is said about the steps that ran.
  std::vector<std::string> Reasons(const std::string& dockerfile) {
    request_.dockerfile = SourceText("Dockerfile", dockerfile);
    reporter_.Take();
    BuildPorts ports{.store = store_,
                     .resolver = images_,
                     .executor = executor_,
                     .reporter = reporter_,
                     .become_root = {},
                     .fetch_url = {},
                     .stop = {}};
    Build(request_, ports);
    std::vector<std::string> reasons;
    for (const std::string& line : reporter_.Take()) {
      if (line.starts_with("note not cached: ")) reasons.push_back(line.substr(17));
    }
    return reasons;
  }

  OneImage images_;
};

// A project that is edited: what stands in the Dockerfile and in the context.
struct Project {
  std::map<std::string, std::string> files = {{"src/a", "1"}, {"src/b", "2"}, {"src/c/d", "3"}};
  std::map<std::string, mode_t> modes;
  std::vector<std::string> commands = {"r0", "r1", "r2"};
  std::string env = "1";
  std::string user = "0";
  int names = 3;

  std::string Dockerfile() const {
    std::string text = "FROM base AS build\nARG X\nCOPY src /src\nENV Y=" + env + "\nUSER " + user;
    for (const std::string& command : commands) text += "\nRUN [\"" + command + "\"]";
    return text + "\nFROM scratch\nCOPY --from=build /out /out\nRUN [\"last\"]\n";
  }

  std::string NewName() { return fmt::format("r{}", names++); }
};

class EditTest : public ExplainTest {
 protected:
  EditTest() {
    Knows("last");
    request_.build_args["X"] = "0";
  }

  void Lay() {
    std::filesystem::remove_all(context() / "src");
    for (const auto& [path, content] : project_.files) {
      Write(context(), path, content);
      const auto mode = project_.modes.find(path);
      if (mode != project_.modes.end()) {
        std::filesystem::permissions(context() / path,
                                     static_cast<std::filesystem::perms>(mode->second));
      }
    }
    for (const std::string& command : project_.commands) Knows(command);
  }

  std::size_t Pick(std::size_t count) {
    return std::uniform_int_distribution<std::size_t>(0, count - 1)(random_);
  }
  std::string PickFile() {
    return std::next(project_.files.begin(),
                     static_cast<std::ptrdiff_t>(Pick(project_.files.size())))
        ->first;
  }
  // As listed: below the context.
  std::string Fresh() { return fmt::format("{}", ++fresh_); }

  // Makes one edit; returns what must be said of it.
  std::string Edit() {
    switch (Pick(11)) {
      case 0:
        return EditContent();
      case 1:
        return EditMode();
      case 2:
        return AddFile();
      case 3:
        return RemoveFile();
      case 4:
        return RenameFile();
      case 5:
        return EditArg();
      case 6:
        return EditEnv();
      case 7:
        return EditInstruction();
      case 8:
        return AddInstruction();
      case 9:
        return RemoveInstruction();
      default:
        return MoveBase();
    }
  }

  std::string EditContent() {
    const std::string file = PickFile();
    project_.files[file] = "content " + Fresh();
    return file + " (content)";
  }
  std::string EditMode() {
    const std::string file = PickFile();
    mode_t& mode = project_.modes.try_emplace(file, 0644).first->second;
    const mode_t before = std::exchange(mode, 0600 + static_cast<mode_t>(++fresh_ % 64));
    return fmt::format("{} (mode {:o}, was {:o})", file, mode, before);
  }
  std::string AddFile() {
    const std::string file = "src/new" + Fresh();
    project_.files[file] = "content " + Fresh();
    return file + " (new)";
  }
  std::string RemoveFile() {
    if (project_.files.size() < 3) return AddFile();
    const std::string file = PickFile();
    project_.files.erase(file);
    project_.modes.erase(file);
    return file + " (gone)";
  }
  std::string RenameFile() {
    const std::string file = PickFile();
    const std::string other = "src/renamed" + Fresh();
    project_.files[file] = "content " + Fresh();
    Lay();
    Reasons(project_.Dockerfile());  // so that no other file is the same
    seen_.insert(State());
    auto node = project_.files.extract(file);
    node.key() = other;
    project_.files.insert(std::move(node));
    if (auto mode = project_.modes.extract(file)) {
      mode.key() = other;
      project_.modes.insert(std::move(mode));
    }
    return file + " renamed to " + other;
  }
  std::string EditArg() {
    const std::string before = std::exchange(request_.build_args["X"], Fresh());
    return fmt::format("ARG X was \"{}\", now \"{}\"", before, request_.build_args["X"]);
  }
  std::string EditEnv() {
    const std::string before = std::exchange(project_.env, Fresh());
    return fmt::format("ENV Y was \"{}\", now \"{}\"", before, project_.env);
  }
  std::string EditInstruction() {
    std::string& command = project_.commands[Pick(project_.commands.size())];
    const std::string before = std::exchange(command, project_.NewName());
    return fmt::format("the instruction was \"RUN [\\\"{}\\\"]\", now \"RUN [\\\"{}\\\"]\"", before,
                       command);
  }
  std::string AddInstruction() {
    if (project_.commands.size() > 6) return RemoveInstruction();
    const auto place = static_cast<std::ptrdiff_t>(Pick(project_.commands.size() + 1));
    const std::string command = project_.NewName();
    project_.commands.insert(project_.commands.begin() + place, command);
    return fmt::format("the instruction is new: \"RUN [\\\"{}\\\"]\"", command);
  }
  std::string RemoveInstruction() {
    if (project_.commands.size() < 2) return AddInstruction();
    const std::size_t place = Pick(project_.commands.size());
    const std::string command = project_.commands[place];
    project_.commands.erase(project_.commands.begin() + static_cast<std::ptrdiff_t>(place));
    return fmt::format("\"RUN [\\\"{}\\\"]\" is gone", command);
  }
  std::string MoveBase() {
    const std::string before = images_.image->manifest.digest.ToString();
    SetBase("base " + Fresh());
    return fmt::format("moved from {} to {}", before, images_.image->manifest.digest.ToString());
  }

  // All that decides what is built.
  std::string State() const {
    std::string state = project_.Dockerfile() + request_.build_args.at("X") +
                        images_.image->manifest.digest.ToString();
    for (const auto& [path, content] : project_.files) {
      const auto mode = project_.modes.find(path);
      state += fmt::format("\n{} {} {}", path, content,
                           mode == project_.modes.end() ? 0644 : mode->second);
    }
    return state;
  }

  // All that decides what the first stage leaves in /out.
  std::string Made() const {
    return fmt::format("{} {} {} {}", Join(project_.commands, " "), project_.env, project_.user,
                       request_.build_args.at("X"));
  }

  Project project_;
  std::set<std::string> seen_;  // the states of the project
  std::set<std::string> made_;
  std::mt19937 random_{20260101};
  int fresh_ = 100;
};

int NumberOfEdits() {
  if (const char* wanted = std::getenv("IBUILD_EXPLAIN_EDITS")) return std::atoi(wanted);
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return 30;
#else
  return 200;  // 2,000 pass, in minutes
#endif
}

TEST_F(EditTest, EveryRandomEditIsNamed) {
  Lay();
  Reasons(project_.Dockerfile());
  seen_.insert(State());
  made_.insert(Made());
  const int edits = NumberOfEdits();
  for (int i = 0; i < edits; ++i) {
    const std::string expected = Edit();
    Lay();
    const std::vector<std::string> reasons = Reasons(project_.Dockerfile());
    if (!seen_.insert(State()).second) continue;  // as it was before: all from the cache
    const bool made_before = !made_.insert(Made()).second;
    // With the last command gone, what the second stage copies may be what an earlier build made.
    if (reasons.empty() && made_before && expected.starts_with("\"RUN")) continue;
    ASSERT_FALSE(reasons.empty()) << "edit " << i << ": " << expected << "\n" << State();
    // The first step that ran is where the edit is; the others ran because of it.
    ASSERT_THAT(reasons.front(), HasSubstr(expected)) << "edit " << i;
    for (const std::string& reason : reasons) {
      ASSERT_THAT(reason, AnyOf(HasSubstr(expected), HasSubstr("because"))) << "edit " << i;
    }
  }
}

TEST_F(ExplainTest, TheFirstBuildHasNothingToCompareWith) {
  EXPECT_THAT(Reasons("FROM scratch\nRUN [\"first\"]\n"),
              Each("this step has not been built here before"));
}

TEST_F(ExplainTest, ManyFilesAreCounted) {
  Write(context(), "a", "1");
  const std::string text = "FROM scratch\nCOPY . /\n";
  Reasons(text);
  for (const char* name : {"a", "b", "c", "d", "e"}) Write(context(), name, "new");
  EXPECT_THAT(Reasons(text), Contains("files of the context changed: a (content), b (new), c (new) "
                                      "and 2 more"));
}

TEST_F(ExplainTest, TheCauseInAnotherStageIsNamed) {
  Write(context(), "a", "1");
  const std::string text =
      "FROM scratch AS build\nCOPY a /a\nFROM scratch\nCOPY --from=build /a /b\n";
  Reasons(text);
  Write(context(), "a", "2");
  const auto reasons = Reasons(text);
  ASSERT_EQ(reasons.size(), 2u);
  EXPECT_EQ(reasons[0], "files of the context changed: a (content)");
  EXPECT_EQ(reasons[1],
            "files from stage build changed: a (content), because [build 1/1] COPY a /a made "
            "something else");
}

TEST_F(ExplainTest, AnotherBaseIsNamed) {
  Reasons("FROM base\nRUN [\"first\"]\n");
  SetBase("second");
  EXPECT_THAT(Reasons("FROM other\nRUN [\"first\"]\n"),
              Contains(HasSubstr("because the base was \"FROM docker.io/library/base")));
}

TEST_F(ExplainTest, ARecordThatWasPrunedSaysSo) {
  const std::string text = "FROM scratch\nRUN [\"first\"]\n";
  Reasons(text);
  layers::Prune(store_, {.images = false, .cache = true, .dry_run = false});
  layers::NotePrune(
      store_, {.time = {.seconds = 1'767'225'600, .nanoseconds = 0}, .rule = "`ibuild prune`"});
  EXPECT_THAT(Reasons(text),
              Contains("its record was pruned on 2026-01-01T00:00:00Z by `ibuild prune`"));
}

TEST_F(ExplainTest, TheSwitchThatTurnsTheCacheOffIsTheReason) {
  request_.cache.no_cache = true;
  EXPECT_THAT(Reasons("FROM scratch\nRUN [\"first\"]\n"), Each("the cache was switched off"));
}

TEST(Listing, SurvivesText) {
  const std::vector<ListedFile> files = {
      {.path = "a b\n\"c\"", .type = "f", .mode = "644", .owner = "0:0", .content = "abc"},
      {.path = "l", .type = "l", .mode = "777", .owner = "1:2", .content = "to there"}};
  std::string text;
  for (const ListedFile& file : files) AppendTo(text, file);
  const auto read = ParseListing(text);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->size(), 2u);
  EXPECT_EQ(DescribeChanges(*read, *ParseListing(text)), std::nullopt);
  EXPECT_EQ(ParseListing("no listing"), std::nullopt);
}

TEST(Listing, NamesWhatDiffers) {
  const ListedFile file{.path = "a", .type = "f", .mode = "644", .owner = "0:0", .content = "1"};
  ListedFile other = file;
  other.owner = "7:7";
  EXPECT_EQ(DescribeChanges({file}, {other}), "a (owner 7:7, was 0:0)");
  other.type = "l";
  other.owner = "0:0";
  EXPECT_EQ(DescribeChanges({file}, {other}), "a (type)");
}

}  // namespace
}  // namespace ibuild::builder
