// Layer directories: found by DiffId or by what they stand on, believed only when they may be.
#include <sys/mount.h>

#include "layers/store/layer_meta.h"
#include "tests/layers/store_fixture.h"

namespace ibuild::layers {
namespace {

using std::filesystem::path;

oci::DiffId IdOf(std::string_view text) { return {oci::Digest::OfText(text)}; }

// Commits an empty directory under any id: for tests that never pack.
void CommitAs(Store& store, const oci::DiffId& id) {
  store.layer_directories().Commit(store.layer_directories().Stage(),
                                   {.diff_id = id, .size = 1024, .options = {}});
}

void RewriteMeta(const path& directory, const std::function<void(LayerMeta&)>& change) {
  LayerMeta meta = ParseLayerMeta(ReadFile(directory / kMetaName)).value();
  change(meta);
  WriteFileAtomically(directory / kMetaName, Serialize(meta));
}

TEST(LayerMeta, TextRoundTrip) {
  const LayerMeta meta{.packed = {.diff_id = IdOf("x"), .size = 7, .options = {.latest_mtime = -3}},
                       .form = TarForm::kForeign,
                       .unsynced_boot = "boot",
                       .identity = "7 1.000000002",
                       .id_map = "0 0 1"};
  const auto read = ParseLayerMeta(Serialize(meta));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->packed.diff_id, meta.packed.diff_id);
  EXPECT_EQ(read->packed.size, 7u);
  EXPECT_EQ(read->packed.options.latest_mtime, -3);
  EXPECT_EQ(read->form, TarForm::kForeign);
  EXPECT_EQ(read->unsynced_boot, "boot");
  EXPECT_EQ(read->identity, "7 1.000000002");
  EXPECT_EQ(read->id_map, "0 0 1");
}

TEST(LayerMeta, DamagedTextIsNothing) {
  for (const std::string_view text :
       {"", "{", "[]", "{}", R"({"diffId":"sha256:../.."})", R"({"diffId":7,"size":"x"})"}) {
    EXPECT_FALSE(ParseLayerMeta(text)) << text;
  }
}

TEST_F(StoreTest, ACommittedLayerIsFoundWithItsFiles) {
  Store store = Open();
  const PackedLayer packed = CommitFiles(store, {{"etc/hostname", "box"}});
  EXPECT_TRUE(store.layer_directories().Has(packed.diff_id));
  const auto stack = store.layer_directories().FindStack({packed.diff_id});
  ASSERT_TRUE(stack);
  EXPECT_EQ(ReadFile(stack->at(0) / "etc/hostname"), "box");
  EXPECT_EQ(CountEntries(root() / "ingest"), 0u);
}

TEST_F(StoreTest, AnUncommittedLayerGoesAway) {
  Store store = Open();
  {
    const StagedLayer staged = store.layer_directories().Stage();
    WriteFileAtomically(staged.upper() / "file", "x");
    MakeDirectories(staged.work() / "work", 0);
    EXPECT_EQ(CountEntries(root() / "ingest"), 1u);
  }
  EXPECT_EQ(CountEntries(root() / "ingest"), 0u);
}

TEST_F(StoreTest, TheRootOfALayerIgnoresTheUmask) {
  Store store = Open();
  const mode_t before = ::umask(077);
  const StagedLayer staged = store.layer_directories().Stage();
  ::umask(before);
  struct stat info;
  ASSERT_EQ(::stat(staged.upper().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0755u);
}

TEST_F(StoreTest, TheSecondCommitOfALayerIsDropped) {
  Store store = Open();
  const PackedLayer first = CommitFiles(store, {{"a", "1"}});
  const PackedLayer second = CommitFiles(store, {{"a", "1"}});
  EXPECT_EQ(first.diff_id, second.diff_id);
  EXPECT_EQ(CountEntries(root() / "layers"), 1u);
  EXPECT_EQ(CountEntries(root() / "ingest"), 0u);
}

TEST_F(StoreTest, AStackNeedsEveryLayer) {
  Store store = Open();
  CommitAs(store, IdOf("a"));
  CommitAs(store, IdOf("b"));
  const LayerStore& layers = store.layer_directories();
  EXPECT_EQ(layers.FindStack({})->size(), 0u);
  EXPECT_EQ(layers.FindStack({IdOf("a"), IdOf("b")})->size(), 2u);
  EXPECT_FALSE(layers.FindStack({IdOf("a"), IdOf("c")}));
}

TEST_F(StoreTest, ALayerThatOccursTwiceIsGivenOnceOnTop) {
  Store store = Open();
  CommitAs(store, IdOf("a"));
  CommitAs(store, IdOf("b"));
  const auto stack = store.layer_directories().FindStack({IdOf("a"), IdOf("b"), IdOf("a")}).value();
  ASSERT_EQ(stack.size(), 2u);
  EXPECT_EQ(stack[0], store.layout().Layer(IdOf("b")) / "diff");
  EXPECT_EQ(stack[1], store.layout().Layer(IdOf("a")) / "diff");
}

TEST_F(StoreTest, ALayerThatDependsOnItsLowersIsFoundOnlyAboveThem) {
  Store store = Open();
  CommitAs(store, IdOf("a"));
  CommitAs(store, IdOf("b"));
  const LayerStore& layers = store.layer_directories();
  layers.CommitAbove(layers.Stage(), {.diff_id = IdOf("top"), .size = 1, .options = {}},
                     {IdOf("a"), IdOf("top")});
  EXPECT_TRUE(layers.FindStack({IdOf("a"), IdOf("top")}));
  EXPECT_FALSE(layers.FindStack({IdOf("b"), IdOf("top")}));
  EXPECT_FALSE(layers.Has(IdOf("top")));
  EXPECT_FALSE(store.blobs().Has(IdOf("top").digest));
}

TEST_F(StoreTest, APlainLayerReadsAsABlobMadeOnTheFly) {
  Store store = Open();
  const PackedLayer packed =
      CommitFiles(store, {{"etc/hostname", "box"}, {"big", std::string(3000000, 'x')}});
  EXPECT_TRUE(store.blobs().Has(packed.diff_id.digest));
  const oci::Descriptor tar{.media_type = std::string(oci::kOciLayer),
                            .digest = packed.diff_id.digest,
                            .size = packed.size};
  const std::string bytes = Get(store, tar);
  EXPECT_EQ(oci::Digest::OfText(bytes), packed.diff_id.digest);
  EXPECT_EQ(CountEntries(root() / "blobs/sha256"), 0u);
}

TEST_F(StoreTest, ReadingATarOnTheFlyMayStopEarly) {
  Store store = Open();
  const PackedLayer packed = CommitFiles(store, {{"big", std::string(9000000, 'x')}});
  const auto source =
      store.blobs().Open({.media_type = {}, .digest = packed.diff_id.digest, .size = packed.size});
  std::byte buffer[100];
  EXPECT_EQ(source->Read(buffer), 100u);
}

TEST_F(StoreTest, AForeignTarIsNotMadeFromItsDirectory) {
  Store store = Open();
  const LayerStore& layers = store.layer_directories();
  layers.Commit(layers.Stage(), {.diff_id = IdOf("a"), .size = 1, .options = {}},
                TarForm::kForeign);
  EXPECT_TRUE(layers.Has(IdOf("a")));
  EXPECT_FALSE(layers.FindPacked(IdOf("a")));
  EXPECT_FALSE(store.blobs().Has(IdOf("a").digest));
}

// An image of ours that was pulled, and then is built here.
TEST_F(StoreTest, AForeignTarThatProvesToBeOursIsMadeFromItsDirectory) {
  Store store = Open();
  const LayerStore& layers = store.layer_directories();
  StagedLayer staged = layers.Stage();
  WriteFileAtomically(staged.upper() / "a", "1");
  NullSink sink;
  const PackedLayer packed = PackDirectory(staged.upper(), {.latest_mtime = 0}, sink);
  layers.Commit(std::move(staged), packed, TarForm::kForeign);
  EXPECT_FALSE(store.blobs().Has(packed.diff_id.digest));
  EXPECT_EQ(CommitFiles(store, {{"a", "1"}}).diff_id, packed.diff_id);
  EXPECT_EQ(
      Get(store, {.media_type = {}, .digest = packed.diff_id.digest, .size = packed.size}).size(),
      packed.size);
}

TEST_F(StoreTest, AChangedLayerDirectoryIsSetAsideWhenItIsRead) {
  Store store = Open();
  const PackedLayer packed = CommitFiles(store, {{"etc/hostname", "box"}});
  WriteFileAtomically(store.layout().Layer(packed.diff_id) / "diff/etc/hostname", "pox");
  const oci::Descriptor tar{.media_type = {}, .digest = packed.diff_id.digest, .size = packed.size};
  EXPECT_EQ(ErrorOf([&] { Get(store, tar); }).kind(), ErrorKind::kCorrupt);
  EXPECT_FALSE(store.layer_directories().Has(packed.diff_id));
}

TEST_F(StoreTest, ALayerOfAnotherUserNamespaceIsNotPackedHere) {
  Store store = Open();
  const PackedLayer packed = CommitFiles(store, {{"a", "1"}});
  RewriteMeta(store.layout().Layer(packed.diff_id),
              [](LayerMeta& meta) { meta.id_map = "0 1000 1,1 100000 65536"; });
  EXPECT_TRUE(store.blobs().Has(packed.diff_id.digest));
  EXPECT_EQ(ErrorOf([&] {
              store.blobs().Open(
                  {.media_type = {}, .digest = packed.diff_id.digest, .size = packed.size});
            }).kind(),
            ErrorKind::kPermissionDenied);
}

void PretendReboot(const path& directory) {
  RewriteMeta(directory, [](LayerMeta& meta) { meta.unsynced_boot = "an earlier boot"; });
}

// After a loss of power the files of an unsynced layer may be gone although its name is there.
TEST_F(StoreTest, ATornLayerOfAnEarlierBootIsNotBelievedButReplaced) {
  Store store = Open();
  const PackedLayer packed = CommitFiles(store, {{"a", "1"}});
  const path directory = store.layout().Layer(packed.diff_id);
  PretendReboot(directory);
  WriteFileAtomically(directory / "diff/a", "");
  EXPECT_FALSE(store.layer_directories().FindStack({packed.diff_id}));
  EXPECT_FALSE(store.layer_directories().Has(packed.diff_id));
  CommitFiles(store, {{"a", "1"}});
  EXPECT_TRUE(store.layer_directories().Has(packed.diff_id));
  EXPECT_EQ(ReadFile(directory / "diff/a"), "1");
}

TEST_F(StoreTest, AWholeLayerOfAnEarlierBootIsExaminedOnce) {
  Store store = Open();
  const PackedLayer packed = CommitFiles(store, {{"a", "1"}});
  const path directory = store.layout().Layer(packed.diff_id);
  PretendReboot(directory);
  EXPECT_TRUE(store.layer_directories().FindStack({packed.diff_id}));
  EXPECT_EQ(ParseLayerMeta(ReadFile(directory / kMetaName))->unsynced_boot, "");
  EXPECT_EQ(CountEntries(root() / "unsynced"), 0u);
}

TEST_F(StoreTest, AnUnpackedLayerOfAnEarlierBootGoesUnlessSynced) {
  Store store = Open();
  const LayerStore& layers = store.layer_directories();
  for (const char* text : {"synced", "unsynced"}) {
    layers.Commit(layers.Stage(), {.diff_id = IdOf(text), .size = 1, .options = {}},
                  TarForm::kForeign);
  }
  PretendReboot(store.layout().Layer(IdOf("unsynced")));
  EXPECT_TRUE(layers.Has(IdOf("synced")));
  EXPECT_FALSE(layers.Has(IdOf("unsynced")));
}

// Rootless: a lookup by the user, who cannot judge what belongs to subordinate ids.
TEST_F(StoreTest, ASuspectOfAnotherUserNamespaceIsNeitherBelievedNorJudged) {
  Store store = Open();
  const PackedLayer packed = CommitFiles(store, {{"a", "1"}});
  const path directory = store.layout().Layer(packed.diff_id);
  RewriteMeta(directory, [](LayerMeta& meta) {
    meta.unsynced_boot = "an earlier boot";
    meta.id_map = "0 1000 1,1 100000 65536";
  });
  EXPECT_FALSE(store.layer_directories().Has(packed.diff_id));
  EXPECT_EQ(ParseLayerMeta(ReadFile(directory / kMetaName))->unsynced_boot, "an earlier boot");
}

// As `cp` would: every file in its place, in directories that are others.
void CarryAway(const path& directory) {
  std::filesystem::rename(directory / "diff", directory / "gone");
  std::filesystem::copy(directory / "gone", directory / "diff",
                        std::filesystem::copy_options::recursive);
  std::filesystem::last_write_time(directory / "diff/a",
                                   std::filesystem::last_write_time(directory / "gone/a"));
  std::filesystem::remove_all(directory / "gone");
}

TEST_F(StoreTest, ALayerThatWasCarriedHereIsExaminedOnce) {
  Store store = Open();
  const PackedLayer packed = CommitFiles(store, {{"a", "1"}});
  const path directory = store.layout().Layer(packed.diff_id);
  const std::string before = ParseLayerMeta(ReadFile(directory / kMetaName))->identity;
  CarryAway(directory);
  EXPECT_TRUE(store.layer_directories().Has(packed.diff_id));
  const std::string after = ParseLayerMeta(ReadFile(directory / kMetaName))->identity;
  EXPECT_NE(after, before);
  EXPECT_EQ(after, DirectoryIdentity(directory / "diff"));
}

TEST_F(StoreTest, ALayerThatSufferedOnTheWayHereIsNotBelieved) {
  Store store = Open();
  const PackedLayer packed = CommitFiles(store, {{"a", "1"}});
  const path directory = store.layout().Layer(packed.diff_id);
  CarryAway(directory);
  std::filesystem::permissions(directory / "diff/a", std::filesystem::perms(0600));
  EXPECT_FALSE(store.layer_directories().Has(packed.diff_id));
  EXPECT_FALSE(std::filesystem::exists(directory));
}

TEST_F(StoreTest, AnUnreadableRecordIsNotBelieved) {
  Store store = Open();
  const PackedLayer packed = CommitFiles(store, {{"a", "1"}});
  for (const std::string_view text : {"", "{\"size\":"}) {
    WriteFileAtomically(store.layout().Layer(packed.diff_id) / kMetaName, text);
    EXPECT_FALSE(store.layer_directories().Has(packed.diff_id));
  }
}

TEST_F(StoreTest, MakingDurableOutlivesABoot) {
  Store store = Open();
  const PackedLayer packed = CommitFiles(store, {{"a", "1"}});
  EXPECT_EQ(CountEntries(root() / "unsynced"), 1u);
  store.layer_directories().MakeDurable();
  EXPECT_EQ(CountEntries(root() / "unsynced"), 0u);
  const auto meta = ParseLayerMeta(ReadFile(store.layout().Layer(packed.diff_id) / kMetaName));
  EXPECT_EQ(meta->unsynced_boot, "");
  EXPECT_EQ(meta->packed.options.latest_mtime, 0);
  EXPECT_TRUE(store.layer_directories().Has(packed.diff_id));
}

TEST_F(StoreTest, ManyProcessesMayCommitTheSameLayers) {
  Open();
  std::vector<std::unique_ptr<ChildRun>> children;
  for (int i = 0; i < 4; ++i) {
    children.push_back(std::make_unique<ChildRun>([&] {
      Store store = Open();
      for (int n = 0; n < 20; ++n) {
        const PackedLayer packed = CommitFiles(store, {{"file", std::to_string(n)}});
        if (!store.layer_directories().Has(packed.diff_id)) throw std::runtime_error("lost");
      }
    }));
  }
  for (auto& child : children) EXPECT_EQ(child->Wait(), 0);
  EXPECT_EQ(CountEntries(root() / "layers"), 20u);
  EXPECT_EQ(CountEntries(root() / "ingest"), 0u);
}

}  // namespace
}  // namespace ibuild::layers
