// Cache mounts: shared as asked, waited for without ever waiting in a circle, and left alone by
// prunes while somebody uses them.
#include <thread>

#include "layers/store/cache_mounts.h"
#include "layers/store/reclaim.h"
#include "tests/layers/store_fixture.h"

namespace ibuild::layers {
namespace {

using std::filesystem::path;

class CacheMountsTest : public StoreTest {};

TEST_F(CacheMountsTest, ACacheMountIsSharedFilledOnceAndPruned) {
  Store store = Open();
  const CacheMounts mounts(store);
  int filled = 0;
  const auto fill = [&](const path& directory, const std::string&) {
    ++filled;
    WriteFileAtomically(directory / "seed", "x");
  };
  path where;
  {
    const CacheMount first = mounts.Acquire({{"go-mod", CacheSharing::kShared, fill}}).front();
    const CacheMount second = mounts.Acquire({{"go-mod", CacheSharing::kShared, fill}}).front();
    EXPECT_EQ(first.directory, second.directory);
    EXPECT_EQ(ReadFile(first.directory / "seed"), "x");
    where = first.directory;
    EXPECT_EQ(Prune(store, {.cache = true}).cache_mounts, 0u);
  }
  EXPECT_EQ(filled, 1);
  EXPECT_EQ(Prune(store, {}).cache_mounts, 0u);
  EXPECT_EQ(Prune(store, {.cache = true}).cache_mounts, 1u);
  EXPECT_FALSE(std::filesystem::exists(where));
  EXPECT_EQ(mounts.Acquire({{"go-mod", CacheSharing::kShared, fill}}).front().directory, where);
  EXPECT_EQ(filled, 2);
}

TEST_F(CacheMountsTest, APrivateMountInUseGetsACopyOfItsOwn) {
  Store store = Open();
  const CacheMounts mounts(store);
  path second_place;
  const CacheMount first = mounts.Acquire({{"id", CacheSharing::kPrivate}}).front();
  {
    const CacheMount second = mounts.Acquire({{"id", CacheSharing::kPrivate}}).front();
    EXPECT_NE(first.directory, second.directory);
    second_place = second.directory;
  }
  EXPECT_EQ(mounts.Acquire({{"id", CacheSharing::kPrivate}}).front().directory, second_place);
}

TEST_F(CacheMountsTest, ALockedMountWaitsForOtherProcesses) {
  Open();
  std::vector<std::unique_ptr<ChildRun>> children;
  for (int i = 0; i < 3; ++i) {
    children.push_back(std::make_unique<ChildRun>([&] {
      Store store = Open();
      for (int n = 0; n < 5; ++n) {
        const CacheMount mount =
            CacheMounts(store).Acquire({{"id", CacheSharing::kLocked}}).front();
        const path counter = mount.directory / "counter";
        const auto before = ReadFileIfExists(counter).value_or("");
        ::usleep(1000);
        WriteFileAtomically(counter, before + "x");
      }
    }));
  }
  for (auto& child : children) EXPECT_EQ(child->Wait(), 0);
  Store store = Open();
  const CacheMount mount = CacheMounts(store).Acquire({{"id", CacheSharing::kLocked}}).front();
  EXPECT_EQ(ReadFile(mount.directory / "counter").size(), 15u);
}

TEST_F(CacheMountsTest, WaitingForALockedMountCanBeCancelled) {
  Store store = Open();
  const CacheMounts mounts(store);
  const CacheMount held = mounts.Acquire({{"id", CacheSharing::kLocked}}).front();
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(ErrorOf([&] {
              mounts.Acquire({{"id", CacheSharing::kLocked}}, stop.get_token());
            }).kind(),
            ErrorKind::kCancelled);
}

TEST_F(CacheMountsTest, AMountWhoseFillingFailedIsNotThere) {
  Store store = Open();
  const CacheMounts mounts(store);
  EXPECT_THROW(mounts.Acquire({{"id", CacheSharing::kShared,
                                [](const path& directory, const std::string&) {
                                  WriteFileAtomically(directory / "half", "x");
                                  throw Error(ErrorKind::kNotFound, "no source");
                                }}}),
               Error);
  EXPECT_EQ(CountEntries(store.layout().cache_mounts()), 0u);
  EXPECT_EQ(CountEntries(store.layout().ingest()), 0u);
}

TEST_F(CacheMountsTest, AMountIdIsNeverAPath) {
  Store store = Open();
  const CacheMount mount =
      CacheMounts(store).Acquire({{"../../../etc", CacheSharing::kShared}}).front();
  EXPECT_EQ(mount.directory.parent_path(), store.layout().cache_mounts());
}

TEST_F(CacheMountsTest, OneStepMayHaveTheSameMountTwice) {
  Store store = Open();
  const auto twice =
      CacheMounts(store).Acquire({{"id", CacheSharing::kLocked}, {"id", CacheSharing::kLocked}});
  EXPECT_EQ(twice.at(0).directory, twice.at(1).directory);
}

TEST_F(CacheMountsTest, OfEqualMountsTheStrictestSharingCounts) {
  Store store = Open();
  const CacheMounts mounts(store);
  for (const CacheSharing other : {CacheSharing::kShared, CacheSharing::kPrivate}) {
    const auto both = mounts.Acquire({{"id", other}, {"id", CacheSharing::kLocked}});
    EXPECT_EQ(both.at(0).directory, both.at(1).directory);
    std::stop_source stop;
    stop.request_stop();
    EXPECT_THROW(mounts.Acquire({{"id", CacheSharing::kShared}}, stop.get_token()), Error);
  }
}

TEST_F(CacheMountsTest, StepsThatLockInOppositeOrderDoNotWaitForEachOther) {
  Open();
  const auto lock_often = [this](const char* first, const char* second) {
    Store store = Open();
    for (int i = 0; i < 200; ++i) {
      CacheMounts(store).Acquire({{first, CacheSharing::kLocked}, {second, CacheSharing::kLocked}});
    }
  };
  ChildRun other([&] { lock_often("b", "a"); });
  std::jthread here([&] { lock_often("a", "b"); });
  here.join();
  EXPECT_EQ(other.Wait(), 0);
}

TEST_F(CacheMountsTest, LocksGoWithTheirLastHolder) {
  Store store = Open();
  const std::size_t before = CountEntries(store.layout().locks());
  {
    const auto first = CacheMounts(store).Acquire({{"id", CacheSharing::kShared}});
    const auto second = CacheMounts(store).Acquire({{"id", CacheSharing::kShared}});
    EXPECT_EQ(CountEntries(store.layout().locks()), before + 1);
  }
  EXPECT_EQ(CountEntries(store.layout().locks()), before);
}

}  // namespace
}  // namespace ibuild::layers
