// Unpacking images: every check on the way, once for all processes, killed at any moment.
#include <chrono>
#include <random>
#include <thread>

#include "layers/archive/make_exportable.h"
#include "layers/snapshot/unpack_image.h"
#include "layers/store/reclaim.h"
#include "tests/layers/image_fixture.h"

namespace ibuild::layers {
namespace {

using std::filesystem::path;

class UnpackTest : public ImageTest {
 protected:
  Store Elsewhere() const { return Store::Open(scratch() / "elsewhere"); }

  // Built in one store and brought, compressed, to the store under test.
  TestImage Pull(Store& store, const std::vector<Files>& layers, oci::Compression compression) {
    Store other = Elsewhere();
    TestImage image = BuildImage(other, layers);
    ExportOptions options;
    options.compression.compression = compression;
    image.descriptor = MakeExportable(other, image.descriptor, options, reporter_);
    image.manifest = ReadManifest(other, image.descriptor);
    CopyImage(other, store, image.descriptor);
    return image;
  }

  std::vector<path> Unpack(Store& store, const TestImage& image) {
    return UnpackImage(store, image.manifest, image.config, reporter_);
  }

  SilentReporter reporter_;
};

const std::vector<Files> kTwoLayers = {{{"etc/os", "one"}, {"bin/sh", std::string(500000, 's')}},
                                       {{"etc/os", "two"}}};

TEST_F(UnpackTest, EveryCompressionComesOutTheSame) {
  for (const auto compression :
       {oci::Compression::kNone, oci::Compression::kGzip, oci::Compression::kZstd}) {
    const path directory = scratch() / std::to_string(static_cast<int>(compression));
    Store store = Store::Open(directory);
    const TestImage image = Pull(store, kTwoLayers, compression);
    const std::vector<path> stack = Unpack(store, image);
    ASSERT_EQ(stack.size(), 2u);
    EXPECT_EQ(ReadFile(stack[0] / "etc/os"), "one");
    EXPECT_EQ(ReadFile(stack[1] / "etc/os"), "two");
    EXPECT_EQ(ReadFile(stack[0] / "bin/sh").size(), 500000u);
    EXPECT_EQ(CountEntries(store.layout().ingest()), 0u);
  }
}

TEST_F(UnpackTest, WhatIsUnpackedNeedsNoBlob) {
  Store store = Open();
  const TestImage image = Pull(store, kTwoLayers, oci::Compression::kGzip);
  const std::vector<path> stack = Unpack(store, image);
  for (const oci::Descriptor& layer : image.manifest.layers) {
    ASSERT_EQ(::unlink(store.layout().Blob(layer.digest).c_str()), 0);
  }
  EXPECT_EQ(Unpack(store, image), stack);
}

TEST_F(UnpackTest, AMissingBlobIsNamed) {
  Store store = Open();
  const TestImage image = Pull(store, kTwoLayers, oci::Compression::kGzip);
  ASSERT_EQ(::unlink(store.layout().Blob(image.manifest.layers[1].digest).c_str()), 0);
  const Error error = ErrorOf([&] { Unpack(store, image); });
  EXPECT_EQ(error.kind(), ErrorKind::kNotFound);
  EXPECT_NE(std::string(error.what()).find(image.manifest.layers[1].digest.ToString()),
            std::string::npos);
}

TEST_F(UnpackTest, ContentThatTheConfigDoesNotPromiseIsRefused) {
  Store store = Open();
  TestImage image = Pull(store, kTwoLayers, oci::Compression::kGzip);
  std::swap(image.config.diff_ids[0], image.config.diff_ids[1]);
  const Error error = ErrorOf([&] { Unpack(store, image); });
  EXPECT_EQ(error.kind(), ErrorKind::kCorrupt);
  EXPECT_EQ(CountEntries(store.layout().layers()), 0u);
  EXPECT_EQ(CountEntries(store.layout().ingest()), 0u);
}

TEST_F(UnpackTest, CountsMustAgree) {
  Store store = Open();
  TestImage image = Pull(store, kTwoLayers, oci::Compression::kGzip);
  image.config.diff_ids.pop_back();
  EXPECT_EQ(ErrorOf([&] { Unpack(store, image); }).kind(), ErrorKind::kCorrupt);
}

TEST_F(UnpackTest, ADamagedBlobIsRefusedAndCanBeFetchedAgain) {
  Store store = Open();
  const TestImage image = Pull(store, kTwoLayers, oci::Compression::kGzip);
  const path blob = store.layout().Blob(image.manifest.layers[0].digest);
  std::string bytes = ReadFile(blob);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  WriteFileAtomically(blob, bytes);
  EXPECT_EQ(ErrorOf([&] { Unpack(store, image); }).kind(), ErrorKind::kCorrupt);
  EXPECT_EQ(CountEntries(store.layout().layers()), 0u);
  EXPECT_FALSE(store.blobs().Has(image.manifest.layers[0].digest)) << "not set aside";
  Store other = Elsewhere();
  CopyImage(other, store, image.descriptor);
  EXPECT_EQ(Unpack(store, image).size(), 2u);
}

// A valid gzip stream and a valid tar, with something behind the end of the archive that changes
// the digest: only reading on to the end notices.
TEST_F(UnpackTest, BytesBehindTheArchiveCount) {
  Store store = Open();
  const std::string tar = MakeTar({{"file", "x"}});
  const oci::Descriptor blob =
      PutText(store.blobs(), oci::kOciLayer, tar + std::string(10240, '\0'));
  TestImage image = PutImage(store.blobs(), {{oci::Digest::OfText(tar)}}, {blob});
  EXPECT_EQ(ErrorOf([&] { Unpack(store, image); }).kind(), ErrorKind::kCorrupt);
  image = PutImage(store.blobs(), {{blob.digest}}, {blob});
  EXPECT_EQ(Unpack(store, image).size(), 1u);
}

// "lib" is a link in the lower layer: what the upper layer puts below it belongs to its target.
TEST_F(UnpackTest, ALayerThatReadsTheOnesBelowIsKeptForThatStackOnly) {
  Store store = Open();
  StagedLayer base = store.layer_directories().Stage();
  MakeDirectories(base.upper() / "usr/lib");
  std::filesystem::create_symlink("usr/lib", base.upper() / "lib");
  NullSink sink;
  const PackedLayer packed = PackDirectory(base.upper(), {.latest_mtime = 0}, sink);
  store.layer_directories().Commit(std::move(base), packed);
  const oci::Descriptor below{.media_type = std::string(oci::kOciLayer),
                              .digest = packed.diff_id.digest,
                              .size = packed.size};
  const oci::Descriptor above =
      PutText(store.blobs(), oci::kOciLayer, MakeTar({{"lib/x.so", "x"}}));
  const TestImage image = PutImage(store.blobs(), {packed.diff_id, {above.digest}}, {below, above});
  const std::vector<path> stack = Unpack(store, image);
  EXPECT_EQ(ReadFile(stack[1] / "usr/lib/x.so"), "x");
  EXPECT_FALSE(store.layer_directories().Has({above.digest}));
  EXPECT_EQ(CountEntries(store.layout().chains()), 1u);
}

TEST_F(UnpackTest, TheSameLayerTwiceIsUnpackedOnce) {
  Store store = Open();
  const oci::Descriptor layer = PutText(store.blobs(), oci::kOciLayer, MakeTar({{"x", "x"}}));
  const TestImage image = PutImage(store.blobs(), {{layer.digest}, {layer.digest}}, {layer, layer});
  EXPECT_EQ(Unpack(store, image).size(), 1u);
}

TEST_F(UnpackTest, ManyProcessesUnpackOnce) {
  const TestImage image = [&] {
    Store store = Open();
    return Pull(store, kTwoLayers, oci::Compression::kGzip);
  }();
  std::vector<std::unique_ptr<ChildRun>> children;
  for (int i = 0; i < 4; ++i) {
    children.push_back(std::make_unique<ChildRun>([&] {
      Store store = Open();
      if (ReadFile(Unpack(store, image).at(1) / "etc/os") != "two") throw std::runtime_error("?");
    }));
  }
  for (auto& child : children) EXPECT_EQ(child->Wait(), 0);
  EXPECT_EQ(CountEntries(root() / "layers"), 2u);
  EXPECT_EQ(CountEntries(root() / "ingest"), 0u);
}

// kill -9 at any instant leaves nothing that a later run trusts wrongly.
TEST_F(UnpackTest, KilledAtAnyMomentTheNextRunIsRight) {
  std::vector<Files> layers(2);
  for (int i = 0; i < 200; ++i) {
    layers[0].push_back({"dir" + std::to_string(i % 7) + "/file" + std::to_string(i),
                         std::string(2000, static_cast<char>('a' + i % 26))});
    layers[1].push_back({"top/file" + std::to_string(i), std::to_string(i)});
  }
  const TestImage image = [&] {
    Store store = Open();
    TestImage pulled = Pull(store, layers, oci::Compression::kGzip);
    store.names().Set({{Ref("app:1"), pulled.descriptor}});
    return pulled;
  }();
  std::minstd_rand random(7);
  for (int round = 0; round < 40; ++round) {
    ChildRun child([&] {
      for (;;) {
        Store store = Open();
        Unpack(store, image);
        store.names().Set({{Ref("app:" + std::to_string(random() % 5)), image.descriptor}});
        store.WriteRecord(std::string(64, 'e'), "a record");
        RemoveTree(store.layout().Layer(image.config.diff_ids[random() % 2]));
      }
    });
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 12000));
    child.Kill();
    Store store = Open();
    const std::vector<path> stack = Unpack(store, image);
    for (std::size_t layer = 0; layer < 2; ++layer) {
      for (const auto& [name, content] : layers[layer]) {
        ASSERT_EQ(ReadFile(stack[layer] / name), content) << "round " << round;
      }
    }
    const auto record = store.ReadRecord(std::string(64, 'e'));
    EXPECT_TRUE(!record || *record == "a record");
    EXPECT_EQ(store.names().Find(Ref("app:1")), image.descriptor);
  }
  Store store = Open();
  Prune(store, {});
  EXPECT_EQ(CountEntries(root() / "ingest"), 0u);
  EXPECT_EQ(CountEntries(root() / "trash"), 0u);
}

}  // namespace
}  // namespace ibuild::layers
