// What of the build cache goes when it is too large or too old.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include "layers/store/cache_contents.h"
#include "support/text.h"
#include "tests/expect_error.h"
#include "tests/layers/store_fixture.h"

namespace ibuild::layers {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<CacheItem> Three() {
  return {{.name = "new", .bytes = 100, .used = {.seconds = 1000, .nanoseconds = 0}},
          {.name = "old", .bytes = 100, .used = {.seconds = 10, .nanoseconds = 0}},
          {.name = "middle", .bytes = 100, .used = {.seconds = 500, .nanoseconds = 0}}};
}
constexpr UnixTime kNow{.seconds = 1100, .nanoseconds = 0};

TEST(CacheLimits, WithoutAnyEverythingGoes) {
  EXPECT_EQ(ChooseVictims(Three(), {}, kNow, 0).size(), 3u);
}

TEST(CacheLimits, WhatNobodyUsedForLongGoes) {
  EXPECT_THAT(ChooseVictims(Three(), {.unused_seconds = 600}, kNow, 0), ElementsAre(1, 2));
}

TEST(CacheLimits, TheLeastRecentlyUsedMakesRoom) {
  EXPECT_THAT(ChooseVictims(Three(), {.most_bytes = 250}, kNow, 0), ElementsAre(1));
  EXPECT_THAT(ChooseVictims(Three(), {.most_bytes = 300}, kNow, 0), IsEmpty());
  EXPECT_THAT(ChooseVictims(Three(), {.free_bytes = 150}, kNow, 0), ElementsAre(1, 2));
}

TEST(CacheLimits, WhatIsReservedStays) {
  const CacheLimits limits{.free_bytes = 1000, .reserved_bytes = 200};
  EXPECT_THAT(ChooseVictims(Three(), limits, kNow, 0), ElementsAre(1));
}

TEST(CacheLimits, AreReadFromText) {
  const CacheLimits limits =
      ParseCacheLimits("max-used-space=20g, until=14d,reserved-space=1k,min-free-space=5m");
  EXPECT_EQ(limits.most_bytes, 20ull << 30);
  EXPECT_EQ(limits.unused_seconds, 14 * 24 * 3600);
  EXPECT_EQ(limits.reserved_bytes, 1024u);
  EXPECT_EQ(limits.free_bytes, 5u << 20);
  EXPECT_EQ(ParseAge("1h30m"), 5400);
  for (const char* bad : {"", "1", "h", "1x", "24", "1h2"}) {
    ExpectError(ErrorKind::kUsage, "no span of time", [&] { ParseAge(bad); });
  }
  ExpectError(ErrorKind::kUsage, "no limit", [] { ParseCacheLimits("size=1"); });
}

class CacheContentsTest : public StoreTest {
 protected:
  static std::optional<oci::DiffId> LayerOf(std::string_view record) {
    const auto digest = oci::Digest::TryParse(Split(record, ' ')[0]);
    return digest ? std::optional(oci::DiffId{*digest}) : std::nullopt;
  }

  // A layer of one file, with a record that was used at that time.
  oci::DiffId AddLayer(Store& store, const std::string& content, std::int64_t used) {
    StagedLayer staged = store.layer_directories().Stage();
    WriteFileAtomically(staged.upper() / "file", content);
    NullSink nowhere;
    const PackedLayer packed = PackDirectory(staged.upper(), {}, nowhere);
    store.layer_directories().Commit(std::move(staged), packed);
    const std::string key = oci::Digest::OfText("key of " + content).hex();
    store.WriteRecord(key, packed.diff_id.ToString() + " 1 x");
    const timespec times[2] = {{used, 0}, {used, 0}};
    ::utimensat(AT_FDCWD, store.layout().Record(key).c_str(), times, 0);
    return packed.diff_id;
  }
};

TEST_F(CacheContentsTest, OldLayersGoWithTheirRecords) {
  oci::DiffId old{oci::Digest::OfText("")};
  oci::DiffId young = old;
  {
    Store store = Open();
    old = AddLayer(store, "old", 1000);
    young = AddLayer(store, "young", Now().seconds);
  }
  Store store = Open();
  const PruneReport report = TrimCache(store, {.unused_seconds = 3600}, LayerOf);
  EXPECT_EQ(report.layers, 1u);
  EXPECT_EQ(report.records, 1u);
  EXPECT_FALSE(store.layer_directories().Has(old));
  EXPECT_TRUE(store.layer_directories().Has(young));
}

TEST_F(CacheContentsTest, WhatALivingProcessUsesStays) {
  Store store = Open();
  const oci::DiffId layer = AddLayer(store, "old", 1000);
  TrimCache(store, {.unused_seconds = 3600}, LayerOf);
  EXPECT_TRUE(store.layer_directories().Has(layer));
}

TEST_F(CacheContentsTest, ADryRunTakesNothing) {
  {
    Store store = Open();
    AddLayer(store, "old", 1000);
  }
  Store store = Open();
  const PruneReport report = TrimCache(store, {.unused_seconds = 3600}, LayerOf, {.dry_run = true});
  EXPECT_EQ(report.layers, 1u);
  EXPECT_EQ(ListCache(store, LayerOf).size(), 1u);
}

TEST_F(CacheContentsTest, TheListNamesLayersAndRecords) {
  Store store = Open();
  const oci::DiffId layer = AddLayer(store, "content", 1000);
  store.WriteRecord(oci::Digest::OfText("other").hex(), "no layer");
  const std::vector<CacheEntry> entries = ListCache(store, LayerOf);
  ASSERT_EQ(entries.size(), 2u);
  for (const CacheEntry& entry : entries) {
    if (entry.kind != CacheKind::kLayer) continue;
    EXPECT_EQ(entry.id, layer.digest.hex());
    EXPECT_EQ(entry.used.seconds, 1000);
    EXPECT_GT(entry.bytes, 0u);
  }
}

}  // namespace
}  // namespace ibuild::layers
