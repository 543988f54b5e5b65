// Pruning: what goes, what stays, and that nothing a living process relies on is touched.
#include "layers/store/compressed_layers.h"
#include "layers/store/reachable.h"
#include "layers/store/reclaim.h"
#include "oci/image_config.h"
#include "oci/manifest.h"
#include "tests/layers/store_fixture.h"

namespace ibuild::layers {
namespace {

using std::filesystem::path;

oci::Reference Ref(std::string_view text) { return oci::Reference::Parse(text); }

const std::string kKey(64, 'd');

oci::Descriptor PutConfig(Store& store, const std::vector<oci::DiffId>& layers) {
  oci::ImageConfig config;
  config.platform.architecture = "amd64";
  config.diff_ids = layers;
  oci::Descriptor descriptor = oci::DescriptorOf(std::string(oci::kOciConfig), Serialize(config));
  StringSource source(Serialize(config));
  store.blobs().Put(descriptor, source);
  return descriptor;
}

oci::Descriptor PutManifest(Store& store, oci::Descriptor config,
                            std::vector<oci::Descriptor> layers) {
  const std::string text = Serialize(oci::Manifest{.media_type = std::string(oci::kOciManifest),
                                                   .artifact_type = {},
                                                   .config = std::move(config),
                                                   .layers = std::move(layers),
                                                   .subject = {},
                                                   .annotations = {}});
  oci::Descriptor descriptor = oci::DescriptorOf(std::string(oci::kOciManifest), text);
  StringSource source(text);
  store.blobs().Put(descriptor, source);
  return descriptor;
}

class PruneTest : public StoreTest {
 protected:
  // An image with one layer of our own, under this name.
  PackedLayer BuildImage(Store& store, std::string_view name, const std::string& content) {
    const PackedLayer layer = CommitFiles(store, {{"file", content}});
    const oci::Descriptor plain{.media_type = std::string(oci::kOciLayer),
                                .digest = layer.diff_id.digest,
                                .size = layer.size};
    const oci::Descriptor image = PutManifest(store, PutConfig(store, {layer.diff_id}), {plain});
    store.names().Set({{Ref(name), image}});
    return layer;
  }

  // Sessions keep what they have pinned, so tests fill the store in another process.
  void InAnotherProcess(const std::function<void(Store&)>& work) {
    ChildRun child([&] {
      Store store = Open();
      work(store);
    });
    ASSERT_EQ(child.Wait(), 0);
  }
};

TEST(Reachable, FollowsIndexesManifestsAndConfigsAndEndsInCycles) {
  const auto document = [](std::string_view type, const std::string& name) {
    return oci::Descriptor{
        .media_type = std::string(type), .digest = oci::Digest::OfText(name), .size = 1};
  };
  const oci::Descriptor index = document(oci::kOciIndex, "index");
  const oci::Descriptor manifest = document(oci::kOciManifest, "manifest");
  const oci::Descriptor config = document(oci::kOciConfig, "config");
  const oci::Descriptor layer = document(oci::kOciLayerGzip, "layer");
  const oci::DiffId diff_id{oci::Digest::OfText("tar")};
  oci::ImageConfig image;
  image.platform.architecture = "amd64";
  image.diff_ids = {diff_id};
  const std::map<oci::Digest, std::string> texts = {
      {index.digest,
       Serialize(oci::Index{std::string(oci::kOciIndex), {}, {manifest, index}, {}, {}})},
      {manifest.digest,
       Serialize(oci::Manifest{std::string(oci::kOciManifest), {}, config, {layer}, {}, {}})},
      {config.digest, Serialize(image)}};
  const auto found =
      Reachable({index}, [&](const oci::Descriptor& wanted) -> std::optional<std::string> {
        const auto text = texts.find(wanted.digest);
        return text == texts.end() ? std::nullopt : std::optional(text->second);
      });
  EXPECT_EQ(found.blobs, (std::set{index.digest, manifest.digest, config.digest, layer.digest}));
  EXPECT_EQ(found.layers, std::set{diff_id});
  EXPECT_EQ(found.chains.size(), 1u);
}

TEST(Reachable, WhatCannotBeReadLeadsNowhere) {
  const oci::Descriptor manifest{
      .media_type = std::string(oci::kOciManifest), .digest = oci::Digest::OfText("m"), .size = 1};
  for (const char* text : {"", "{", "{}", "[1]"}) {
    const auto found = Reachable(
        {manifest}, [&](const oci::Descriptor&) { return std::optional<std::string>(text); });
    EXPECT_EQ(found.blobs, std::set{manifest.digest});
  }
}

TEST_F(PruneTest, AFreshStoreHasNothingToGive) {
  Store store = Open();
  const PruneReport report = Prune(store, {.images = true, .cache = true});
  EXPECT_EQ(report.bytes, 0u);
  EXPECT_EQ(report.blobs + report.layers + report.records + report.names, 0u);
}

TEST_F(PruneTest, UnnamedBlobsGoAndNamedImagesStay) {
  oci::Digest unnamed = oci::Digest::OfText("unnamed blob");
  InAnotherProcess([&](Store& store) {
    BuildImage(store, "app:1", "one");
    Put(store, "unnamed blob");
  });
  Store store = Open();
  const PruneReport report = Prune(store, {});
  EXPECT_EQ(report.blobs, 1u);
  EXPECT_GT(report.bytes, 0u);
  EXPECT_FALSE(std::filesystem::exists(store.layout().Blob(unnamed)));
  EXPECT_EQ(CountEntries(store.layout().blobs()), 2u);  // manifest and config
  EXPECT_EQ(CountEntries(store.layout().layers()), 1u);
  EXPECT_EQ(CountEntries(store.layout().trash()), 0u);
}

TEST_F(PruneTest, LayersOfRemovedImagesStayForTheCacheUntilItGoes) {
  InAnotherProcess([&](Store& store) {
    BuildImage(store, "app:1", "one");
    BuildImage(store, "app:2", "two");
    store.WriteRecord(kKey, "record");
    store.names().Remove(Ref("app:2"));
  });
  Store store = Open();
  EXPECT_EQ(Prune(store, {}).layers, 0u);
  EXPECT_EQ(CountEntries(store.layout().layers()), 2u);
  EXPECT_EQ(store.ReadRecord(kKey), "record");
  const PruneReport report = Prune(store, {.cache = true});
  EXPECT_EQ(report.layers, 1u);
  EXPECT_EQ(report.records, 1u);
  EXPECT_FALSE(store.ReadRecord(kKey));
  EXPECT_EQ(store.names().List().size(), 1u);
}

TEST_F(PruneTest, ImagesAndCacheTogetherAreEverything) {
  InAnotherProcess([&](Store& store) {
    BuildImage(store, "app:1", "one");
    store.WriteRecord(kKey, "record");
  });
  Store store = Open();
  const PruneReport report = Prune(store, {.images = true, .cache = true});
  EXPECT_EQ(report.names, 1u);
  EXPECT_EQ(report.blobs, 2u);
  EXPECT_EQ(report.layers, 1u);
  for (const path& directory : {store.layout().blobs(), store.layout().layers(),
                                store.layout().trash(), store.layout().unsynced()}) {
    EXPECT_EQ(CountEntries(directory), 0u) << directory;
  }
}

TEST_F(PruneTest, ADryRunSaysTheSameAndChangesNothing) {
  InAnotherProcess([&](Store& store) {
    BuildImage(store, "app:1", "one");
    Put(store, "unnamed blob");
    store.WriteRecord(kKey, "record");
  });
  Store store = Open();
  PruneOptions options{.images = true, .cache = true, .dry_run = true};
  const PruneReport said = Prune(store, options);
  EXPECT_EQ(CountEntries(store.layout().blobs()), 3u);
  EXPECT_EQ(store.names().List().size(), 1u);
  options.dry_run = false;
  const PruneReport done = Prune(store, options);
  EXPECT_EQ(said.bytes, done.bytes);
  EXPECT_EQ(said.blobs, done.blobs);
  EXPECT_EQ(said.layers, done.layers);
  EXPECT_EQ(said.records, done.records);
  EXPECT_EQ(said.names, done.names);
}

TEST_F(PruneTest, WhatALivingProcessUsesStays) {
  oci::Digest blob = oci::Digest::OfText("unnamed blob");
  const Pipe ready = MakePipe();
  const ChildRun holder([&] {
    Store store = Open();
    Put(store, "unnamed blob");
    CommitFiles(store, {{"file", "x"}});
    const StagedLayer staged = store.layer_directories().Stage();
    WriteAll(ready.write_end.get(), "r");
    ::pause();
  });
  std::byte byte;
  ASSERT_EQ(ReadUpTo(ready.read_end.get(), {&byte, 1}), 1u);
  Store store = Open();
  const PruneReport report = Prune(store, {.images = true, .cache = true});
  EXPECT_EQ(report.blobs, 0u);
  EXPECT_EQ(report.layers, 0u);
  EXPECT_EQ(CountEntries(store.layout().ingest()), 1u);
  EXPECT_TRUE(std::filesystem::exists(store.layout().Blob(blob)));
}

TEST_F(PruneTest, WhatAKilledProcessLeftGoes) {
  const Pipe ready = MakePipe();
  ChildRun holder([&] {
    Store store = Open();
    Put(store, "unnamed blob");
    const StagedLayer staged = store.layer_directories().Stage();
    WriteAll(ready.write_end.get(), "r");
    ::pause();
  });
  std::byte byte;
  ASSERT_EQ(ReadUpTo(ready.read_end.get(), {&byte, 1}), 1u);
  holder.Kill();
  Store store = Open();
  EXPECT_EQ(CountEntries(store.layout().ingest()), 1u);
  EXPECT_EQ(CountEntries(store.layout().leases()), 1u);
  EXPECT_EQ(Prune(store, {}).blobs, 1u);
  EXPECT_EQ(CountEntries(store.layout().ingest()), 0u);
  EXPECT_EQ(CountEntries(store.layout().leases()), 0u);
}

TEST_F(PruneTest, WhatThisProcessFoundStaysToo) {
  InAnotherProcess([&](Store& store) { Put(store, "blob"); });
  Store store = Open();
  EXPECT_TRUE(store.blobs().Has(oci::Digest::OfText("blob")));
  EXPECT_EQ(Prune(store, {}).blobs, 0u);
}

TEST_F(PruneTest, CompressedBlobsStayAsLongAsTheirLayer) {
  const CompressionChoice choice;
  InAnotherProcess([&](Store& store) {
    const PackedLayer kept = BuildImage(store, "app:1", "one");
    const PackedLayer gone = CommitFiles(store, {{"file", "two"}});
    RememberCompressed(store, kept.diff_id, choice, Put(store, "zipped one"));
    RememberCompressed(store, gone.diff_id, choice, Put(store, "zipped two"));
  });
  Store store = Open();
  EXPECT_EQ(Prune(store, {}).blobs, 0u);
  EXPECT_EQ(Prune(store, {.cache = true}).blobs, 2u);
  EXPECT_EQ(CountEntries(store.layout().compressed()), 0u);
}

TEST_F(PruneTest, UsageCountsWhatIsThere) {
  Store store = Open();
  BuildImage(store, "app:1", std::string(100000, 'x'));
  store.WriteRecord(kKey, "record");
  const StoreUsage usage = DiskUsage(store);
  EXPECT_EQ(usage.names, 1u);
  EXPECT_EQ(usage.blobs, 2u);
  EXPECT_EQ(usage.layers, 1u);
  EXPECT_EQ(usage.records, 1u);
  EXPECT_GE(usage.layer_bytes, 100000u);
}

TEST_F(PruneTest, PruningIsPossibleOnAFullDisk) {
  if (::geteuid() != 0) {
    // Mounting needs root; that a prune only renames and deletes is visible without it, too.
    Store store = Open();
    EXPECT_NO_THROW(Prune(store, {.cache = true}));
    return;
  }
  MakeDirectories(root());
  ASSERT_EQ(::mount("tmpfs", root().c_str(), "tmpfs", 0, "size=2m,mode=0700"), 0);
  InAnotherProcess([&](Store& store) {
    try {
      for (int i = 0; i < 100; ++i) Put(store, std::string(200000, 'x') + std::to_string(i));
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::kResourceExhausted) return;
      throw;
    }
    throw std::runtime_error("20 MB went into a disk of 2 MB");
  });
  {
    Store store = Open();
    EXPECT_GE(Prune(store, {}).blobs, 5u);
    EXPECT_EQ(CountEntries(store.layout().blobs()), 0u);
    EXPECT_EQ(CountEntries(store.layout().ingest()), 0u);
    EXPECT_EQ(Get(store, Put(store, "room again")), "room again");
  }
  ASSERT_EQ(::umount2(root().c_str(), MNT_DETACH), 0);
}

}  // namespace
}  // namespace ibuild::layers
