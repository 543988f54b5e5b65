// Builds on several machines that share a cache: what is answered, fetched, sent and told, and what
// a cache that lies, fails or is slow does (nothing).
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <algorithm>

#include "builder/cache/cache_export.h"
#include "builder/cache/layer_lost.h"
#include "builder/cache/shared_caches.h"
#include "layers/compress/codec.h"
#include "layers/shared/mount_index.h"
#include "tests/builder/signing_keys.h"
#include "tests/builder/solve_fixture.h"
#include "tests/expect_error.h"
#include "tests/fakes/memory_cache.h"

namespace ibuild::builder {
namespace {

using fakes::MemoryCache;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* kThreeSteps = "FROM scratch\nCOPY a /a\nRUN [\"first\"]\nRUN [\"second\"]\n";
constexpr const char* kTwoStages =
    "FROM scratch AS build\nCOPY a /a\nRUN [\"first\"]\n"
    "FROM scratch\nCOPY --from=build /one /one\nRUN [\"second\"]\n";

class SharedCacheTest : public SolveTest {
 protected:
  SharedCacheTest() {
    Write(context(), "a", "1");
    Writes("first", "one", "1");
    Writes("second", "two", "2");
    request_.source_date_epoch = 1;  // else images differ that are made in two different seconds
  }

  // One machine: a store of its own, the context under another path.
  struct Machine {
    explicit Machine(const std::filesystem::path& root)
        : store(layers::Store::Open(root / "store")), context(root / "context") {}
    layers::Store store;
    std::filesystem::path context;
  };

  Machine& NewMachine() {
    const auto root = root_.path() / fmt::format("machine {}", machines_.size());
    std::filesystem::create_directories(root);
    std::filesystem::copy(context(), root / "context");
    SetTime(root / "context/a", 1);
    machines_.push_back(std::make_unique<Machine>(root));
    return *machines_.back();
  }

  BuildResult BuildOn(Machine& machine, const std::string& dockerfile) {
    request_.dockerfile = SourceText("Dockerfile", dockerfile);
    request_.context.directory = machine.context;
    SharedCaches read(sources_, machine.store, reporter_, patience_);
    read.Ask();
    CacheExport written(MakeTargets(), machine.store, reporter_, &read);
    BuildPorts ports{.store = machine.store,
                     .resolver = resolver_,
                     .executor = executor_,
                     .reporter = reporter_,
                     .become_root = [this] { ++roots_; },
                     .fetch_url = {},
                     .stop = stop_.get_token(),
                     .shared = &read,
                     .written = &written};
    const BuildResult result = Build(request_, ports);
    written.Finish([this] { ++roots_; });
    return result;
  }

  std::vector<CacheTarget> MakeTargets() {
    if (!write_) return {};
    return {{.place = "there",
             .cache = cache_,
             .all_layers = max_,
             .key = sign_,
             .compression = {},
             .mounts = mounts_}};
  }

  // A build whose step leaves a file of this name in a cache mount.
  void AddToMount(Machine& machine, const std::string& name) {
    mounts_.all = true;
    executor_.When(name, [name](const SandboxSpec& spec, const ProcessIo&, std::stop_token) {
      Write(std::get<BindMount>(spec.mounts.at(0).what).source_root, name, "1");
      return ExecutionResult{};
    });
    BuildOn(machine, fmt::format("FROM scratch\nRUN --mount=type=cache,id=m,target=/c,uid={},gid={}"
                                 " [\"{}\"]\n",
                                 ::geteuid(), ::getegid(), name));
  }

  std::vector<SharedMount> MountsThere() const { return ParseAnswers(*cache_->answers).mounts; }

  // The files in a mount that the cache has.
  std::vector<std::string> FilesOf(const SharedMount& mount) {
    const auto plain = layers::Decompress(cache_->Open(mount.Describe()));
    std::vector<std::string> names;
    for (const auto& [path, file] : layers::ParseMountIndex(ReadToString(*plain, 1u << 20)).files) {
      if (!path.IsRoot()) names.push_back(path.text());
    }
    return names;
  }

  // How many commands a build ran.
  std::size_t RunsOf(Machine& machine, const std::string& dockerfile) {
    const std::size_t before = executor_.commands().size();
    BuildOn(machine, dockerfile);
    return executor_.commands().size() - before;
  }

  std::vector<std::string> Warnings() {
    std::vector<std::string> warnings;
    for (const std::string& line : reporter_.Take()) {
      if (line.starts_with("log cache") && line.find("layers sent") == std::string::npos) {
        warnings.push_back(line);
      }
    }
    return warnings;
  }

  std::shared_ptr<MemoryCache> cache_ = std::make_shared<MemoryCache>();
  std::vector<CacheSource> sources_ = {{"there", cache_, {}}};
  std::vector<std::unique_ptr<Machine>> machines_;
  bool write_ = true;
  bool max_ = true;
  std::optional<SigningKey> sign_;
  MountChoice mounts_;
  SharedCaches::Milliseconds patience_{2000};
};

TEST_F(SharedCacheTest, AnotherMachineRunsNothingAndFetchesNoLayer) {
  const BuildResult before = BuildOn(NewMachine(), kThreeSteps);
  EXPECT_EQ(cache_->puts, 4) << "three layers, and what the build was made of";
  const int roots = roots_;
  const BuildResult after = BuildOn(NewMachine(), kThreeSteps);
  EXPECT_EQ(after.cached_steps, 3u);
  EXPECT_EQ(after.root.digest, before.root.digest);
  EXPECT_EQ(executor_.commands().size(), 2u);
  EXPECT_EQ(cache_->opens, 0);
  EXPECT_EQ(cache_->puts, 4) << "what is there is not sent";
  EXPECT_EQ(cache_->writes, 1) << "a document that says it all is not written again";
  EXPECT_EQ(roots_, roots) << "root for a build that runs nothing";
}

TEST_F(SharedCacheTest, ALayerComesWhenAStepNeedsItAndTheStoreKnowsItThen) {
  BuildOn(NewMachine(), kThreeSteps);
  Machine& other = NewMachine();
  const std::string longer = std::string(kThreeSteps) + "RUN [\"third\"]\n";
  EXPECT_EQ(RunsOf(other, longer), 1u);
  EXPECT_EQ(cache_->opens, 3);
  sources_.clear();
  EXPECT_EQ(RunsOf(other, longer), 0u) << "the store knows what was fetched";
}

TEST_F(SharedCacheTest, FilesFromAStageAreAnsweredWithoutTheStage) {
  BuildOn(NewMachine(), kTwoStages);
  EXPECT_EQ(BuildOn(NewMachine(), kTwoStages).cached_steps, 4u);
  EXPECT_EQ(cache_->opens, 0);
}

TEST_F(SharedCacheTest, MinSendsTheLayersOfTheImageAndAnswersAllTheSame) {
  max_ = false;
  BuildOn(NewMachine(), kTwoStages);
  EXPECT_EQ(cache_->puts, 3);
  EXPECT_EQ(BuildOn(NewMachine(), kTwoStages).cached_steps, 4u);
}

TEST_F(SharedCacheTest, AStageWhoseLayersWereNotSentRunsWhenItsFilesAreNeeded) {
  max_ = false;
  BuildOn(NewMachine(), kTwoStages);
  Machine& other = NewMachine();
  const std::string changed =
      "FROM scratch AS build\nCOPY a /a\nRUN [\"first\"]\n"
      "FROM scratch\nCOPY --from=build /one /elsewhere\nRUN [\"second\"]\n";
  EXPECT_EQ(RunsOf(other, changed), 2u);
  EXPECT_THAT(Warnings(), IsEmpty()) << "nothing is wrong with it";
}

TEST_F(SharedCacheTest, ALocalHitAsksNobody) {
  Machine& machine = NewMachine();
  write_ = false;
  BuildOn(machine, kThreeSteps);
  cache_->silent = true;
  patience_ = std::chrono::minutes(1);
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(RunsOf(machine, kThreeSteps), 0u);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
  EXPECT_THAT(Warnings(), IsEmpty());
}

TEST_F(SharedCacheTest, ACacheThatDoesNotAnswerIsWaitedForOnce) {
  cache_->silent = true;
  write_ = false;
  patience_ = std::chrono::milliseconds(50);
  EXPECT_EQ(RunsOf(NewMachine(), kThreeSteps), 2u);
  EXPECT_THAT(Warnings(), ElementsAre(HasSubstr("no answer within 0.05 s")));
  SharedCaches read(sources_, store_, reporter_, patience_);
  const int before = cache_->reads;
  read.Ask();
  const oci::Digest key = oci::Digest::OfText("a step");
  EXPECT_FALSE(read.Find(key));
  read.Settle();
  EXPECT_FALSE(read.Find(key));
  EXPECT_EQ(cache_->reads, before + 1) << "asked again, after all that silence";
}

TEST_F(SharedCacheTest, AMountThatBeganAnewTakesNothingFromTheCache) {
  AddToMount(NewMachine(), "many");
  Machine& other = NewMachine();
  AddToMount(other, "more");
  EXPECT_THAT(FilesOf(MountsThere().at(0)), ElementsAre("many", "more"));
  request_.cache.no_cache = true;
  AddToMount(other, "emptied");
  EXPECT_THAT(FilesOf(MountsThere().at(0)), ElementsAre("emptied", "many", "more"));
  request_.cache.no_cache = false;
  sources_.clear();
  for (const auto& mount :
       std::filesystem::directory_iterator(other.store.layout().cache_mounts())) {
    std::filesystem::remove_all(mount.path());
  }
  AddToMount(other, "evicted");
  EXPECT_THAT(FilesOf(MountsThere().at(0)), ElementsAre("emptied", "evicted", "many", "more"));
}

TEST_F(SharedCacheTest, WhatOthersHaveIsNotTakenForRemovedHere) {
  AddToMount(NewMachine(), "theirs");
  sources_.clear();  // so that it never comes
  Machine& other = NewMachine();
  AddToMount(other, "ours");
  AddToMount(other, "again");
  EXPECT_THAT(FilesOf(MountsThere().at(0)), ElementsAre("again", "ours", "theirs"));
}

TEST_F(SharedCacheTest, AMountThatSomebodyHasSignedStaysBesideOneThatNobodyHas) {
  const tests::SigningKeys keys;
  sign_ = keys.first();
  AddToMount(NewMachine(), "signed");
  sign_.reset();
  AddToMount(NewMachine(), "plain");
  const auto signed_there = [&] {
    return std::ranges::count_if(MountsThere(), [&](const SharedMount& mount) {
      return IsSignedBy(mount, keys.first().Public());
    });
  };
  EXPECT_EQ(MountsThere().size(), 2u);
  EXPECT_EQ(signed_there(), 1);
  AddToMount(NewMachine(), "plain too");
  EXPECT_EQ(MountsThere().size(), 2u) << "what nobody has signed is replaced";
  EXPECT_EQ(signed_there(), 1);
}

TEST_F(SharedCacheTest, WhoSettlesDoesNotWaitAndWhoNeedsAnAnswerAsksAgain) {
  BuildOn(NewMachine(), kThreeSteps);
  const oci::Digest key = ParseAnswers(*cache_->answers).records.at(0).key;
  reporter_.Take();
  SharedCaches read(sources_, store_, reporter_, std::chrono::minutes(1));
  cache_->silent = true;
  read.Ask();
  const auto start = std::chrono::steady_clock::now();
  read.Settle();
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
  cache_->silent = false;
  EXPECT_TRUE(read.Find(key));
  EXPECT_THAT(Warnings(), IsEmpty());
}

TEST_F(SharedCacheTest, ACacheThatFailsCostsOneLineEachWay) {
  cache_->failure = Error(ErrorKind::kUnavailable, "503 from the registry");
  EXPECT_EQ(RunsOf(NewMachine(), kThreeSteps), 2u);
  EXPECT_THAT(Warnings(), ElementsAre(AllOf(HasSubstr("503"), HasSubstr("going on without it")),
                                      AllOf(HasSubstr("not written"), HasSubstr("503"))));
}

TEST_F(SharedCacheTest, ADocumentThatIsDamagedIsWrittenAnew) {
  cache_->answers = "garbage";
  EXPECT_EQ(RunsOf(NewMachine(), kThreeSteps), 2u);
  EXPECT_EQ(Warnings().size(), 1u);
  EXPECT_EQ(RunsOf(NewMachine(), kThreeSteps), 0u);
}

TEST_F(SharedCacheTest, ADocumentOfALaterVersionIsLeftAlone) {
  StringSink sink;
  const auto compressor = layers::Compress({}, sink);
  compressor->Write(AsBytes(
      std::string_view(R"({"ibuild cache":9,"records":{},"selections":{},"documents":{}})")));
  compressor->Finish();
  cache_->answers = sink.text();
  EXPECT_EQ(RunsOf(NewMachine(), kThreeSteps), 2u);
  EXPECT_THAT(Warnings(), Contains(HasSubstr("later version")));
  EXPECT_EQ(cache_->answers, sink.text());
}

TEST_F(SharedCacheTest, ALayerThatIsGoneIsMadeAgain) {
  BuildOn(NewMachine(), kThreeSteps);
  cache_->blobs.clear();
  write_ = false;
  EXPECT_EQ(RunsOf(NewMachine(), std::string(kThreeSteps) + "RUN [\"third\"]\n"), 3u);
  EXPECT_THAT(Warnings(), Contains(HasSubstr("cannot be had")));
}

TEST_F(SharedCacheTest, ALayerOfOtherBytesIsMadeAgain) {
  BuildOn(NewMachine(), kThreeSteps);
  for (auto& [digest, bytes] : cache_->blobs) bytes[bytes.size() / 2] ^= 1;
  write_ = false;
  EXPECT_EQ(RunsOf(NewMachine(), std::string(kThreeSteps) + "RUN [\"third\"]\n"), 3u);
}

// The blob has its digest, but is not the layer that the record says it is.
TEST_F(SharedCacheTest, TheWrongLayerForAKeyIsDiscardedAndTheStepRuns) {
  BuildOn(NewMachine(), kThreeSteps);
  const std::string longer = std::string(kThreeSteps) + "RUN [\"third\"]\n";
  sources_.clear();
  write_ = false;
  const BuildResult honest = BuildOn(NewMachine(), longer);
  Answers answers = ParseAnswers(*cache_->answers);
  std::swap(answers.records[0].blob, answers.records[1].blob);
  cache_->answers = Serialize(answers);
  sources_ = {{"there", cache_, {}}};
  const std::size_t before = executor_.commands().size();
  const BuildResult result = BuildOn(NewMachine(), longer);
  EXPECT_GE(executor_.commands().size(), before + 2);
  EXPECT_THAT(Warnings(), Contains(HasSubstr("not what its record says")));
  EXPECT_EQ(result.images[0].layers, honest.images[0].layers) << "a wrong image";
}

TEST_F(SharedCacheTest, AWrongSizeIsNoLayer) {
  BuildOn(NewMachine(), kThreeSteps);
  Answers answers = ParseAnswers(*cache_->answers);
  for (SharedRecord& record : answers.records) record.blob->size += 1;
  cache_->answers = Serialize(answers);
  write_ = false;
  EXPECT_EQ(RunsOf(NewMachine(), std::string(kThreeSteps) + "RUN [\"third\"]\n"), 3u);
}

TEST_F(SharedCacheTest, RecordsOfStrangersAreNotTrusted) {
  const tests::SigningKeys keys;
  sign_ = keys.second();
  BuildOn(NewMachine(), kThreeSteps);
  sources_[0].trusted = {keys.first().Public()};
  write_ = false;
  EXPECT_EQ(RunsOf(NewMachine(), kThreeSteps), 2u);
  EXPECT_THAT(Warnings(), ElementsAre(HasSubstr("3 records are not signed")));
}

TEST_F(SharedCacheTest, SignedRecordsAreTrustedBesideThoseOfStrangers) {
  const tests::SigningKeys keys;
  sign_ = keys.first();
  BuildOn(NewMachine(), kThreeSteps);
  sign_.reset();
  sources_.clear();
  Write(context(), "a", "what a pull request has");
  BuildOn(NewMachine(), kThreeSteps);
  Write(context(), "a", "1");
  sources_ = {{"there", cache_, {keys.first().Public()}}};
  EXPECT_EQ(RunsOf(NewMachine(), kThreeSteps), 0u);
}

TEST_F(SharedCacheTest, AFullCacheIsToldOfInOneLine) {
  cache_->full = true;
  EXPECT_EQ(RunsOf(NewMachine(), kThreeSteps), 2u);
  EXPECT_THAT(Warnings(), ElementsAre(HasSubstr("the bucket is full")));
  EXPECT_FALSE(cache_->answers) << "records of layers that are not there";
}

TEST_F(SharedCacheTest, TwoWritersLoseNothing) {
  BuildOn(NewMachine(), kThreeSteps);
  sources_.clear();
  BuildOn(NewMachine(), kTwoStages);
  sources_ = {{"there", cache_, {}}};
  write_ = false;
  EXPECT_EQ(RunsOf(NewMachine(), kThreeSteps), 0u);
  EXPECT_EQ(RunsOf(NewMachine(), kTwoStages), 0u);
}

TEST_F(SharedCacheTest, WithoutCacheNothingIsTakenAndEverythingSent) {
  BuildOn(NewMachine(), kThreeSteps);
  request_.cache.no_cache = true;
  EXPECT_EQ(RunsOf(NewMachine(), kThreeSteps), 2u);
}

TEST_F(SharedCacheTest, AFileThatChangedRunsOnlyWhatDependsOnIt) {
  const std::string text = "FROM scratch\nRUN [\"first\"]\nCOPY a /a\nRUN [\"second\"]\n";
  BuildOn(NewMachine(), text);
  Write(context(), "a", "2");
  EXPECT_EQ(RunsOf(NewMachine(), text), 1u);
  EXPECT_EQ(cache_->opens, 1);
}

TEST_F(SharedCacheTest, AMissIsExplainedByABuildOfAnotherMachine) {
  BuildOn(NewMachine(), kThreeSteps);
  Write(context(), "a", "2");
  request_.cache.explain = true;
  reporter_.Take();
  BuildOn(NewMachine(), kThreeSteps);
  EXPECT_THAT(reporter_.Take(),
              Contains("note not cached: files of the context changed: a (content)"));
}

TEST_F(SharedCacheTest, AnImageOfLayersThatNobodyFetchedCanBeReadLater) {
  const BuildResult result = BuildOn(NewMachine(), kThreeSteps);
  Machine& other = NewMachine();
  request_.context.directory = other.context;
  request_.dockerfile = SourceText("Dockerfile", kThreeSteps);
  SharedCaches read(sources_, other.store, reporter_, patience_);
  read.Ask();
  const BuildPorts other_ports{.store = other.store,
                               .resolver = resolver_,
                               .executor = executor_,
                               .reporter = reporter_,
                               .become_root = {},
                               .fetch_url = {},
                               .stop = {},
                               .shared = &read,
                               .written = nullptr};
  Build(request_, other_ports);
  other.store.AddElsewhere([&](const oci::Descriptor& layer) { return read.OpenKept(layer); });
  const oci::Manifest manifest = std::get<oci::Manifest>(
      oci::ParseManifest(oci::ReadBlob(other.store.blobs(), result.root), "", "manifest"));
  for (const oci::Descriptor& layer : manifest.layers) {
    NullSink nowhere;
    EXPECT_EQ(Copy(*other.store.blobs().Open(layer), nowhere), layer.size);
  }
}

}  // namespace
}  // namespace ibuild::builder
