#include "builder/cache/cache_index.h"

#include <gtest/gtest.h>

#include "tests/builder/files.h"
#include "tests/scratch_dir.h"

namespace ibuild::builder {
namespace {

class CacheIndexTest : public testing::Test {
 protected:
  CacheIndexTest() : store_(layers::Store::Open(root_.path() / "store")), cache_(store_) {}

  static CacheKey KeyOf(const std::string& text) {
    return CacheKey{.digest = oci::Digest::OfText(text), .parts = {{"argv", text}}};
  }

  // A layer in the store with one file of this content.
  CacheRecord MakeLayer(const std::string& content) {
    layers::StagedLayer staged = store_.layer_directories().Stage();
    Write(staged.upper(), "f", content);
    NullSink nowhere;
    const layers::PackedLayer packed = layers::PackDirectory(staged.upper(), {}, nowhere);
    store_.layer_directories().Commit(std::move(staged), packed);
    return {.layer = packed.diff_id, .size = packed.size, .created = {1000, 5}};
  }

  ScratchDir root_;
  layers::Store store_;
  CacheIndex cache_;
};

TEST_F(CacheIndexTest, FindsWhatWasPut) {
  const CacheRecord record = MakeLayer("1");
  EXPECT_EQ(cache_.Find(KeyOf("a")), std::nullopt);
  cache_.Put(KeyOf("a"), record);
  EXPECT_EQ(cache_.Find(KeyOf("a")), record);
  EXPECT_EQ(cache_.Find(KeyOf("b")), std::nullopt);
}

TEST_F(CacheIndexTest, ARecordWithoutItsLayerIsNoHit) {
  const CacheRecord record{.layer = {oci::Digest::OfText("gone")}, .size = 1, .created = {1, 0}};
  cache_.Put(KeyOf("a"), record);
  EXPECT_EQ(cache_.Find(KeyOf("a")), std::nullopt);
}

TEST_F(CacheIndexTest, ADamagedRecordIsNoHit) {
  for (const char* text : {"", "x", "sha256:12 1 2020-01-01T00:00:00Z",
                           "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef"
                           " -1 2020-01-01T00:00:00Z"}) {
    EXPECT_EQ(ParseCacheRecord(text), std::nullopt) << text;
  }
}

TEST_F(CacheIndexTest, RecordsSurviveText) {
  const CacheRecord record{
      .layer = {oci::Digest::OfText("x")}, .size = 12345678901, .created = {1234567890, 123}};
  EXPECT_EQ(ParseCacheRecord(Serialize(record)), record);
}

TEST_F(CacheIndexTest, KindsOfRecordsDoNotMix) {
  cache_.PutDerived("same", "value");
  EXPECT_EQ(cache_.FindDerived("same"), "value");
  EXPECT_EQ(cache_.FindSelection("same"), std::nullopt);
  cache_.PutSelection("same", "digest");
  EXPECT_EQ(cache_.FindSelection("same"), "digest");
  EXPECT_EQ(cache_.FindDerived("same"), "value");
}

}  // namespace
}  // namespace ibuild::builder
