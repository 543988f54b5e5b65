// Names and records.
#include "layers/store/reclaim.h"
#include "oci/manifest.h"
#include "tests/layers/store_fixture.h"

namespace ibuild::layers {
namespace {

oci::Reference Ref(std::string_view text) { return oci::Reference::Parse(text); }

const std::string kKey(64, 'c');

TEST_F(StoreTest, ANameIsFoundUntilItIsRemoved) {
  Store store = Open();
  const oci::Descriptor image = Put(store, "{}", oci::kOciManifest);
  EXPECT_FALSE(store.names().Find(Ref("user/app:1")));
  store.names().Set({{Ref("user/app:1"), image}});
  EXPECT_EQ(store.names().Find(Ref("docker.io/user/app:1")), image);
  EXPECT_TRUE(store.names().Remove(Ref("user/app:1")));
  EXPECT_FALSE(store.names().Remove(Ref("user/app:1")));
  EXPECT_FALSE(store.names().Find(Ref("user/app:1")));
}

TEST_F(StoreTest, SettingANameAgainReplacesIt) {
  Store store = Open();
  const oci::Descriptor first = Put(store, "1", oci::kOciManifest);
  const oci::Descriptor second = Put(store, "2", oci::kOciManifest);
  store.names().Set({{Ref("b"), first}, {Ref("a"), first}});
  store.names().Set({{Ref("b"), second}});
  const std::vector<NamedImage> expected = {{Ref("a"), first}, {Ref("b"), second}};
  EXPECT_EQ(store.names().List(), expected);
}

TEST_F(StoreTest, SettingWhatIsAlreadySoWritesNothing) {
  Store store = Open();
  const oci::Descriptor image = Put(store, "{}", oci::kOciManifest);
  store.names().Set({{Ref("a"), image}});
  struct stat before;
  struct stat after;
  ASSERT_EQ(::stat((root() / "index.json").c_str(), &before), 0);
  store.names().Set({{Ref("a"), image}});
  ASSERT_EQ(::stat((root() / "index.json").c_str(), &after), 0);
  EXPECT_EQ(before.st_ino, after.st_ino);
}

TEST_F(StoreTest, ANameNeverPointsAtNothing) {
  Store store = Open();
  const oci::Descriptor image = oci::DescriptorOf(std::string(oci::kOciManifest), "{}");
  EXPECT_EQ(ErrorOf([&] { store.names().Set({{Ref("a"), image}}); }).kind(), ErrorKind::kNotFound);
  EXPECT_TRUE(store.names().List().empty());
}

// A manifest of one layer and its configuration; what of them is in the store is up to the test.
struct Sample {
  std::string config = "{}";
  std::string layer = "a layer";
  std::string manifest =
      Serialize(oci::Manifest{std::string(oci::kOciManifest),
                              {},
                              oci::DescriptorOf(std::string(oci::kOciConfig), config),
                              {oci::DescriptorOf(std::string(oci::kOciLayer), layer)},
                              {},
                              {}});
};

TEST_F(StoreTest, ANameNeverPointsAtWhatIsIncomplete) {
  Store store = Open();
  const Sample sample;
  const oci::Descriptor image = Put(store, sample.manifest, oci::kOciManifest);
  const auto name_it = [&] { store.names().Set({{Ref("a"), image}}); };
  EXPECT_EQ(ErrorOf(name_it).kind(), ErrorKind::kNotFound) << "nothing but the manifest";
  Put(store, sample.config, oci::kOciConfig);
  EXPECT_EQ(ErrorOf(name_it).kind(), ErrorKind::kNotFound) << "no layer";
  Put(store, sample.layer);
  EXPECT_NO_THROW(name_it());
}

TEST_F(StoreTest, AnIndexIsWholeWithOneOfItsImages) {
  Store store = Open();
  const Sample sample;
  oci::Index index{std::string(oci::kOciIndex), {}, {}, {}, {}};
  index.manifests.push_back(oci::DescriptorOf(std::string(oci::kOciManifest), "another platform"));
  index.manifests.push_back(oci::DescriptorOf(std::string(oci::kOciManifest), sample.manifest));
  const oci::Descriptor root = Put(store, Serialize(index), oci::kOciIndex);
  const auto name_it = [&] { store.names().Set({{Ref("a"), root}}); };
  EXPECT_EQ(ErrorOf(name_it).kind(), ErrorKind::kNotFound) << "an index of nothing";
  Put(store, sample.manifest, oci::kOciManifest);
  EXPECT_EQ(ErrorOf(name_it).kind(), ErrorKind::kNotFound) << "its image has no parts";
  Put(store, sample.config, oci::kOciConfig);
  Put(store, sample.layer);
  EXPECT_NO_THROW(name_it());
}

TEST_F(StoreTest, AnImageThatLosesItsLastNameStaysWithoutOne) {
  Store store = Open();
  const oci::Descriptor first = Put(store, "1", oci::kOciManifest);
  const oci::Descriptor second = Put(store, "2", oci::kOciManifest);
  store.names().Set({{Ref("a"), first}, {Ref("b"), first}});
  store.names().Set({{Ref("a"), second}});
  EXPECT_TRUE(store.names().Untagged().empty()) << "it is still b";
  store.names().Set({{Ref("b"), second}});
  EXPECT_EQ(store.names().Untagged(), std::vector{first});
  store.names().Set({{Ref("c"), first}});
  EXPECT_TRUE(store.names().Untagged().empty()) << "it has a name again";
  EXPECT_TRUE(store.names().Remove(Ref("c")));
  EXPECT_TRUE(store.names().Untagged().empty()) << "removed is removed";
}

TEST_F(StoreTest, AnImageMayBeKeptWithoutAName) {
  Store store = Open();
  const oci::Descriptor image = Put(store, "1", oci::kOciManifest);
  store.names().Keep(image);
  store.names().Keep(image);
  EXPECT_EQ(store.names().Untagged(), std::vector{image});
  EXPECT_EQ(store.names().Roots(), std::vector{image});
  EXPECT_TRUE(store.names().RemoveUntagged(image.digest));
  EXPECT_FALSE(store.names().RemoveUntagged(image.digest));
  store.names().Set({{Ref("a"), image}});
  store.names().Keep(image);
  EXPECT_TRUE(store.names().Untagged().empty()) << "it has a name";
}

TEST_F(StoreTest, WhatARegistryKnowsAnImageByIsKeptWithTheName) {
  Store store = Open();
  const oci::Descriptor image = Put(store, "1", oci::kOciManifest);
  const oci::Digest remote = oci::Digest::OfText("compressed");
  store.names().Set({{Ref("a"), image, remote}});
  store.names().Set({{Ref("a"), image}});
  ASSERT_EQ(store.names().List().size(), 1u);
  EXPECT_EQ(store.names().List()[0].remote, remote);
  EXPECT_EQ(store.names().Find(Ref("a")), image) << "it is not part of the image";
  store.names().Set({{Ref("a"), Put(store, "2", oci::kOciManifest)}});
  EXPECT_FALSE(store.names().List()[0].remote) << "another image, not pushed yet";
}

TEST_F(StoreTest, EntriesOfOtherToolsAreKept) {
  Store store = Open();
  const oci::Descriptor image = Put(store, "{}", oci::kOciManifest);
  WriteFileAtomically(
      root() / "index.json",
      R"({"schemaVersion":2,"manifests":[{"mediaType":")" + std::string(oci::kOciManifest) +
          R"(","digest":")" + image.digest.ToString() +
          R"(","size":2,"annotations":{"org.opencontainers.image.ref.name":"latest"}}]})");
  EXPECT_TRUE(store.names().List().empty());
  store.names().Set({{Ref("a"), image}});
  EXPECT_EQ(store.names().List().size(), 1u);
  EXPECT_EQ(store.names().Roots().size(), 2u);
  store.names().Clear();
  EXPECT_EQ(store.names().Roots().size(), 1u);
}

// Hand-edited, of a newer program, or damaged: it must not take the other images away.
TEST_F(StoreTest, AnEntryThatCannotBeReadStopsNobodyButPrune) {
  Store store = Open();
  const oci::Descriptor image = Put(store, "1", oci::kOciManifest);
  const oci::Descriptor other = Put(store, "2", oci::kOciManifest);
  store.names().Set({{Ref("a"), image}});
  store.names().Keep(other);
  const std::string strange = R"({"mediaType":"x","digest":"md5:0","size":1})";
  std::string text = ReadFile(root() / "index.json");
  text.insert(text.find('[') + 1, strange + ",");
  WriteFileAtomically(root() / "index.json", text);
  EXPECT_EQ(store.names().List().size(), 1u);
  EXPECT_EQ(store.names().Find(Ref("a")), image);
  EXPECT_EQ(store.names().Untagged(), std::vector{other});
  store.names().Set({{Ref("b"), image}});
  EXPECT_TRUE(store.names().Remove(Ref("a")));
  EXPECT_NE(ReadFile(root() / "index.json").find("md5:0"), std::string::npos) << "it is kept";
  const Error error = ErrorOf([&] { Prune(store, {}); });
  EXPECT_EQ(error.kind(), ErrorKind::kCorrupt);
  EXPECT_NE(std::string(error.hint()).find("index.json"), std::string::npos) << error.hint();
  EXPECT_EQ(store.names().Untagged(), std::vector{other}) << "nothing is gone";
}

TEST_F(StoreTest, ADamagedIndexIsAnErrorThatNamesTheFile) {
  Store store = Open();
  for (const std::string_view text : {"", "[]", "{", R"({"schemaVersion":2,"config":{}})"}) {
    WriteFileAtomically(root() / "index.json", text);
    const Error error = ErrorOf([&] { store.names().List(); });
    EXPECT_NE(std::string(error.what()).find("index.json"), std::string::npos) << error.what();
  }
}

TEST_F(StoreTest, NamesSetAtOnceByManyProcessesAllCount) {
  Open();
  std::vector<std::unique_ptr<ChildRun>> children;
  for (int i = 0; i < 4; ++i) {
    children.push_back(std::make_unique<ChildRun>([&, i] {
      Store store = Open();
      for (int n = 0; n < 10; ++n) {
        const oci::Descriptor image = Put(store, std::to_string(n), oci::kOciManifest);
        store.names().Set({{Ref("app:" + std::to_string(i * 100 + n)), image}});
      }
    }));
  }
  for (auto& child : children) EXPECT_EQ(child->Wait(), 0);
  EXPECT_EQ(Open().names().List().size(), 40u);
}

TEST_F(StoreTest, ARecordIsReadBackReplacedAndRemoved) {
  const Store store = Open();
  EXPECT_FALSE(store.ReadRecord(kKey));
  store.WriteRecord(kKey, "one");
  EXPECT_EQ(store.ReadRecord(kKey), "one");
  store.WriteRecord(kKey, "");
  EXPECT_EQ(store.ReadRecord(kKey), "");
  store.RemoveRecord(kKey);
  store.RemoveRecord(kKey);
  EXPECT_FALSE(store.ReadRecord(kKey));
}

TEST_F(StoreTest, ADamagedRecordReadsAsNothing) {
  const Store store = Open();
  store.WriteRecord(kKey, "a record");
  const auto file = store.layout().Record(kKey);
  const std::string good = ReadFile(file);
  for (const std::string& bad : {std::string(), good.substr(0, 5), good.substr(0, 20), good + "x",
                                 std::string(good.size(), '\0')}) {
    WriteFileAtomically(file, bad);
    EXPECT_FALSE(store.ReadRecord(kKey));
  }
}

TEST_F(StoreTest, AKeyThatIsNoKeyIsABug) {
  const Store store = Open();
  for (const std::string& key : {std::string(), std::string("../../etc/passwd"),
                                 std::string(64, 'G'), std::string(63, 'a')}) {
    EXPECT_EQ(ErrorOf([&] { store.ReadRecord(key); }).kind(), ErrorKind::kInternal);
  }
}

}  // namespace
}  // namespace ibuild::layers
