// Processes that build, prune and die at the same time, and disks that fill up: whatever a name
// leads to is there, whole.
#include <random>
#include <thread>

#include "layers/archive/make_exportable.h"
#include "layers/store/reachable.h"
#include "layers/store/reclaim.h"
#include "tests/layers/image_fixture.h"

namespace ibuild::layers {
namespace {

using std::filesystem::path;

class StressTest : public ImageTest {
 protected:
  static TestImage BuildNumber(Store& store, int number) {
    return BuildImage(store, {{{"base", "the same in all"}},
                              {{"number", std::to_string(number)},
                               {"big", std::string(20000, static_cast<char>('a' + number % 26))}}});
  }

  // Reads everything that any name leads to; reading verifies digests.
  static void CheckEverything(Store& store) {
    for (const NamedImage& image : store.names().List()) {
      const oci::Manifest manifest = ReadManifest(store, image.descriptor);
      const std::string config = Get(store, manifest.config);
      for (const oci::Descriptor& layer : manifest.layers) Get(store, layer);
      const auto layers = oci::ParseImageConfig(config, "config").diff_ids;
      if (!store.layer_directories().FindStack(layers)) throw std::runtime_error("no layers");
    }
  }

  SilentReporter reporter_;
};

TEST_F(StressTest, BuildersAndPrunersAtTheSameTime) {
  Open();
  std::vector<std::unique_ptr<ChildRun>> builders;
  for (int builder = 0; builder < 3; ++builder) {
    builders.push_back(std::make_unique<ChildRun>([&, builder] {
      for (int round = 0; round < 25; ++round) {
        Store store = Open();
        const int number = builder * 100 + round;
        TestImage image = BuildNumber(store, number);
        oci::Descriptor descriptor = image.descriptor;
        SilentReporter reporter;
        if (round % 2 == 0) descriptor = MakeExportable(store, descriptor, {}, reporter);
        store.names().Set({{Ref("app:" + std::to_string(number)), descriptor}});
        if (round > 3) store.names().Remove(Ref("app:" + std::to_string(number - 3)));
        if (Get(store, descriptor).empty()) throw std::runtime_error("lost");
        if (!store.layer_directories().FindStack(image.config.diff_ids)) {
          throw std::runtime_error("lost a layer");
        }
      }
    }));
  }
  ChildRun pruner([&] {
    for (int round = 0;; ++round) {
      Store store = Open();
      Prune(store, {.cache = round % 2 == 0});
    }
  });
  for (auto& builder : builders) EXPECT_EQ(builder->Wait(), 0);
  pruner.Kill();
  Store store = Open();
  EXPECT_GE(store.names().List().size(), 9u);
  CheckEverything(store);
  Prune(store, {.cache = true});
  CheckEverything(store);
  EXPECT_EQ(CountEntries(root() / "ingest"), 0u);
}

TEST_F(StressTest, BuildersAndPrunersKilledAtAnyMoment) {
  std::minstd_rand random(11);
  for (int round = 0; round < 60; ++round) {
    const int first = static_cast<int>(random() % 20);
    ChildRun builder([&] {
      for (int number = first;; number = (number + 1) % 20) {
        Store store = Open();
        const TestImage image = BuildNumber(store, number);
        store.names().Set({{Ref("app:" + std::to_string(number % 5)), image.descriptor}});
      }
    });
    ChildRun pruner([&] {
      for (;;) {
        Store store = Open();
        Prune(store, {.cache = true});
      }
    });
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 8000));
    pruner.Kill();
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 2000));
    builder.Kill();
    Store store = Open();
    ASSERT_NO_THROW(CheckEverything(store)) << "round " << round;
  }
  Store store = Open();
  Prune(store, {.images = true, .cache = true});
  for (const char* directory : {"blobs/sha256", "layers", "ingest", "trash", "unsynced"}) {
    EXPECT_EQ(CountEntries(root() / directory), 0u) << directory;
  }
}

// A small disk of its own for the store; as an ordinary user there is none to be had, and a limit
// on the size of files stands in for it.
class FullDiskTest : public StressTest {
 protected:
  void SetUp() override {
    Open();
    if (::geteuid() != 0) {
      ::signal(SIGXFSZ, SIG_IGN);
      return;
    }
    std::filesystem::remove_all(root());
    MakeDirectories(root(), 0700);
    ASSERT_EQ(::mount("tmpfs", root().c_str(), "tmpfs", 0, "size=1m,mode=0700"), 0);
    Open();
  }
  void TearDown() override {
    if (::geteuid() == 0) ::umount2(root().c_str(), MNT_DETACH);
  }

  static void LimitFiles() {
    if (::geteuid() == 0) return;
    const rlimit limit = {16384, 16384};
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) ThrowErrno("limit the size of files");
  }
};

TEST_F(FullDiskTest, EveryWriteFailsCleanlyAndTheStoreStaysTrue) {
  ChildRun child([&] {
    LimitFiles();
    Store store = Open();
    for (int number = 0;; ++number) {
      const TestImage image = BuildNumber(store, number);
      store.names().Set({{Ref("app:" + std::to_string(number)), image.descriptor}});
    }
  });
  EXPECT_NE(child.Wait(), 0);  // an Error, when the disk was full
  {
    Store store = Open();
    CheckEverything(store);
  }
  Store store = Open();  // another session: the last one keeps what it has read
  EXPECT_EQ(CountEntries(root() / "ingest"), 0u);
  Prune(store, {.images = true, .cache = true});
  EXPECT_EQ(CountEntries(root() / "layers"), 0u);
  BuildNumber(store, 0);
}

TEST_F(FullDiskTest, CompressingFailsCleanly) {
  ChildRun child([&] {
    Store store = Open();
    std::string noise(400'000, '\0');
    std::minstd_rand random(3);
    for (char& byte : noise) byte = static_cast<char>(random());
    const TestImage image = BuildImage(store, {{{"noise", noise}}});
    store.names().Set({{Ref("app:1"), image.descriptor}});
    LimitFiles();
    Put(store, std::string(::geteuid() == 0 ? 300'000 : 1, 'x'));
    SilentReporter reporter;
    MakeExportable(store, image.descriptor, {}, reporter);
  });
  EXPECT_NE(child.Wait(), 0);
  Store store = Open();
  CheckEverything(store);
  EXPECT_EQ(CountEntries(root() / "ingest"), 0u);
  EXPECT_EQ(CountEntries(root() / "compressed"), 0u);
}

}  // namespace
}  // namespace ibuild::layers
