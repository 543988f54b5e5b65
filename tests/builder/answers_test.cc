// The document of a shared cache: reading, signing, merging; what is damaged or too much.
#include "builder/cache/answers.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "layers/compress/codec.h"
#include "tests/builder/signing_keys.h"
#include "tests/expect_error.h"

namespace ibuild::builder {
namespace {

oci::Digest D(const std::string& text) { return oci::Digest::OfText(text); }

SharedRecord Record(const std::string& key, const std::string& layer, std::int64_t used = 100) {
  return {
      .key = D(key),
      .result = {.layer = {D(layer)}, .size = 2048, .created = {.seconds = 5, .nanoseconds = 7}},
      .blob = LayerBlob{.digest = D("blob of " + layer), .size = 99, .choice = "gzip-6"},
      .used = used,
      .signature = {}};
}

Answers With(std::vector<SharedRecord> records) {
  return {.records = std::move(records), .selections = {}, .documents = {}};
}

std::string Packed(const std::string& json) {
  StringSink sink;
  const auto compressor =
      layers::Compress({.compression = oci::Compression::kZstd, .level = {}}, sink);
  compressor->Write(AsBytes(json));
  compressor->Finish();
  return sink.text();
}

TEST(Answers, SayAfterReadingWhatTheySaidBefore) {
  Answers answers = With({Record("key", "layer")});
  answers.records.push_back(Record("other", "without a blob"));
  answers.records.back().blob.reset();
  answers.selections.push_back({D("files"), "abc", 7, "signed"});
  answers.documents.push_back({"application/json", "{}", 8});
  const Answers read = ParseAnswers(Serialize(answers));
  ASSERT_EQ(read.records.size(), 2u);
  EXPECT_EQ(read.records[0].key, D("key"));
  EXPECT_EQ(read.records[0].result, answers.records[0].result);
  EXPECT_EQ(read.records[0].blob, answers.records[0].blob);
  EXPECT_FALSE(read.records[1].blob);
  ASSERT_EQ(read.selections.size(), 1u);
  EXPECT_EQ(read.selections[0].value, "abc");
  EXPECT_EQ(read.selections[0].signature, "signed");
  ASSERT_EQ(read.documents.size(), 1u);
  EXPECT_EQ(read.documents[0].text, "{}");
}

SharedMount Mount(const std::string& name, const std::string& index, std::int64_t used = 100) {
  SharedMount mount{.name = D(name), .id = "go-build", .index = D(index), .index_size = 7};
  mount.packs.push_back(
      oci::DescriptorOf("application/vnd.ibuild.cache.pack.v1+zstd", "pack of " + index));
  mount.bytes = 1234;
  mount.used = used;
  return mount;
}

TEST(Answers, CarryCacheMountsAndKeepTheirBlobs) {
  Answers answers;
  answers.mounts = {Mount("a", "index")};
  const Answers read = ParseAnswers(Serialize(answers));
  ASSERT_EQ(read.mounts.size(), 1u);
  EXPECT_EQ(read.mounts[0].id, "go-build");
  EXPECT_EQ(read.mounts[0].index, D("index"));
  EXPECT_EQ(read.mounts[0].packs, answers.mounts[0].packs);
  EXPECT_EQ(read.mounts[0].bytes, 1234u);
  EXPECT_EQ(ToCacheAnswers(read).blobs.size(), 2u);
}

TEST(Answers, KeepTheFormsOfAMountThatTwoWroteAtOnce) {
  Answers theirs;
  theirs.mounts = {Mount("a", "one"), Mount("b", "other")};
  Answers ours;
  ours.mounts = {Mount("a", "two", 200)};
  const Answers merged = Merge(theirs, ours, 1000);
  EXPECT_EQ(merged.mounts.size(), 3u);
  EXPECT_EQ(Merge(merged, ours, 1000).mounts.size(), 3u);
  Answers signed_one;
  signed_one.mounts = {Mount("a", "two", 100)};
  signed_one.mounts[0].signature = "of somebody";
  const Answers kept = Merge(signed_one, ours, 1000);
  ASSERT_EQ(kept.mounts.size(), 1u);
  EXPECT_EQ(kept.mounts[0].signature, "of somebody") << "the same, said without a signature";
  EXPECT_EQ(kept.mounts[0].used, 200);
}

TEST(Answers, OfALaterVersionAreToldApartFromDamage) {
  ExpectError(ErrorKind::kUnsupported, "later version", [] {
    ParseAnswers(Packed(R"({"ibuild cache":2,"records":{},"selections":[],"documents":[]})"));
  });
  for (const std::string& bad :
       {std::string("no document"), Packed("{"), Packed("[]"), Packed("{\"ibuild cache\":1}"),
        Serialize(With({Record("a", "b")})).substr(0, 40)}) {
    EXPECT_THROW(ParseAnswers(bad), Error) << bad;
  }
}

TEST(Answers, ThatUnfoldWithoutEndAreRefused) {
  ExpectError(ErrorKind::kResourceExhausted, "",
              [] { ParseAnswers(Packed(std::string(40u << 20, ' '))); });
}

TEST(Answers, WithValuesThatAreNoneAreRefused) {
  const std::string good = fmt::format(
      R"({{"key":"{0}","layer":"{0}","size":1,"created":"2026-01-01T00:00:00Z","used":1}})",
      D("x").hex());
  const auto document = [](const std::string& record) {
    return Packed(fmt::format(
        R"({{"ibuild cache":1,"records":[{}],"selections":[],"documents":[]}})", record));
  };
  EXPECT_EQ(ParseAnswers(document(good)).records.size(), 1u);
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
           {"\"size\":1", "\"size\":-1"},
           {"2026-01-01T00:00:00Z", "yesterday"},
           {"\"key\":\"", "\"key\":\"../"},
           {"\"used\":1", "\"used\":1,\"blob\":[]"},
           {"\"used\":1",
            fmt::format("\"used\":1,\"blob\":[\"{}\",1,\"lzma-1\"]", D("b").hex())}}) {
    std::string bad = good;
    bad.replace(bad.find(from), from.size(), to);
    EXPECT_THROW(ParseAnswers(document(bad)), Error) << bad;
  }
}

TEST(Answers, WithoutAKeyEverybodyIsTrusted) {
  Answers answers = With({Record("key", "layer")});
  EXPECT_EQ(RemoveUntrusted(answers, {}), 0u);
  EXPECT_EQ(answers.records.size(), 1u);
}

TEST(Answers, AreOnlyBelievedAsTheirMakerSignedThem) {
  const tests::SigningKeys keys;
  Answers answers = With({Record("key", "layer"), Record("second", "layer")});
  answers.selections.push_back({D("files"), "abc", 7, {}});
  answers.mounts = {Mount("mount", "index")};
  Sign(answers, keys.first());
  answers = ParseAnswers(Serialize(answers));
  EXPECT_EQ(RemoveUntrusted(answers, {keys.first().Public()}), 0u);
  const std::vector<std::function<void(Answers&)>> lies = {
      [](Answers& a) { a.records[0].key = D("another step"); },
      [](Answers& a) { a.records[0].result.layer = {D("another layer")}; },
      [](Answers& a) { a.records[0].result.size = 1; },
      [](Answers& a) { a.records[0].blob->digest = D("another blob"); },
      [](Answers& a) { a.records[0].blob->size = 1; },
      [](Answers& a) { a.records[0].blob.reset(); },
      [](Answers& a) { a.records[0].signature = a.records[1].signature; },
      [](Answers& a) { a.records[0].signature.clear(); },
      [](Answers& a) { a.selections[0].value = "other files"; },
      [](Answers& a) { a.mounts[0].index = D("another index"); },
      [](Answers& a) { a.mounts[0].id = "another"; },
      [](Answers& a) { a.mounts[0].name = D("another mount"); }};
  for (std::size_t i = 0; i < lies.size(); ++i) {
    Answers changed = answers;
    lies[i](changed);
    EXPECT_EQ(RemoveUntrusted(changed, {keys.first().Public()}), 1u) << "lie " << i;
  }
  EXPECT_EQ(RemoveUntrusted(answers, {keys.second().Public()}), 4u);
}

TEST(Answers, OfTwoWritersAreMerged) {
  const Answers merged = Merge(With({Record("a", "1")}), With({Record("b", "2")}), 200);
  EXPECT_EQ(merged.records.size(), 2u);
  EXPECT_FALSE(AddsTo(merged, With({Record("a", "1")})));
  EXPECT_TRUE(AddsTo(merged, With({Record("c", "3")})));
}

TEST(Answers, KeepALayerThatOnlyTheOtherWriterSent) {
  Answers without = With({Record("a", "1", 150)});
  without.records[0].blob.reset();
  const Answers merged = Merge(With({Record("a", "1")}), without, 200);
  ASSERT_EQ(merged.records.size(), 1u);
  EXPECT_TRUE(merged.records[0].blob);
  EXPECT_EQ(merged.records[0].used, 150);
}

TEST(Answers, KeepASignatureThatTheOtherWriterCannotGive) {
  const tests::SigningKeys keys;
  Answers theirs = With({Record("a", "1")});
  Sign(theirs, keys.first());
  Answers merged = Merge(theirs, With({Record("a", "1", 150)}), 200);
  EXPECT_EQ(RemoveUntrusted(merged, {keys.first().Public()}), 0u);
}

TEST(Answers, OfAWrongClockDoNotStayForEver) {
  Answers merged = Merge(With({Record("future", "1", 1'000'000)}), Answers(), 200);
  EXPECT_EQ(merged.records[0].used, 200);
}

TEST(Answers, AreNeverTooMany) {
  std::vector<SharedRecord> many;
  for (int i = 0; i < 1000; ++i) many.push_back(Record(fmt::format("{}", i), "x", i));
  const Answers merged = Merge(With(many), With({Record("new", "y", 2000)}), 3000);
  EXPECT_LT(merged.records.size(), 300u);
  EXPECT_TRUE(std::any_of(merged.records.begin(), merged.records.end(),
                          [](const auto& record) { return record.key == D("new"); }));
  EXPECT_FALSE(std::any_of(merged.records.begin(), merged.records.end(),
                           [](const auto& record) { return record.key == D("0"); }));
}

TEST(Answers, OfAnOrdinaryProjectAreSmall) {
  std::vector<SharedRecord> steps;
  for (int i = 0; i < 69; ++i) {
    steps.push_back(Record(fmt::format("key {}", i), fmt::format("layer {}", i)));
  }
  EXPECT_LT(Serialize(With(steps)).size(), 16u << 10);
}

}  // namespace
}  // namespace ibuild::builder
