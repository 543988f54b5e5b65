// From layer directories to compressed blobs.
#include "layers/archive/make_exportable.h"
#include "layers/store/compressed_layers.h"
#include "oci/media_type.h"
#include "tests/layers/image_fixture.h"

namespace ibuild::layers {
namespace {

class ExportTest : public ImageTest {
 protected:
  oci::Descriptor Export(const oci::Descriptor& image, const ExportOptions& options = {}) {
    return MakeExportable(store_, image, options, reporter_);
  }

  static std::string Plain(Store& store, const oci::Descriptor& layer) {
    return ReadToString(*Decompress(store.blobs().Open(layer)), 64u << 20);
  }

  Store store_ = Open();
  SilentReporter reporter_;
};

const std::vector<Files> kLayers = {{{"a", std::string(100000, 'a')}}, {{"b", "b"}}};

TEST_F(ExportTest, PlainLayersBecomeGzipAndTheConfigStays) {
  const TestImage image = BuildImage(store_, kLayers);
  const oci::Descriptor exported = Export(image.descriptor);
  const oci::Manifest manifest = ReadManifest(store_, exported);
  EXPECT_EQ(manifest.config, image.manifest.config);
  ASSERT_EQ(manifest.layers.size(), 2u);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(manifest.layers[i].media_type, oci::kOciLayerGzip);
    EXPECT_TRUE(std::filesystem::exists(store_.layout().Blob(manifest.layers[i].digest)));
    EXPECT_EQ(oci::Digest::OfText(Plain(store_, manifest.layers[i])),
              image.config.diff_ids[i].digest);
  }
}

TEST_F(ExportTest, TheSecondTimeIsALookup) {
  class CountingReporter final : public Reporter {
   public:
    ActivityId Begin(std::string_view) override { return ++begun; }
    void Advance(ActivityId, std::uint64_t, std::uint64_t) override {}
    void Output(ActivityId, std::string_view) override {}
    void Note(ActivityId, std::string_view) override {}
    void End(ActivityId, ActivityState, std::string_view) override {}
    void Log(LogLevel, std::string_view) override {}
    std::atomic<ActivityId> begun = 0;
  } counter;
  const TestImage image = BuildImage(store_, kLayers);
  const oci::Descriptor first = MakeExportable(store_, image.descriptor, {}, counter);
  EXPECT_EQ(counter.begun, 2u);
  EXPECT_EQ(MakeExportable(store_, image.descriptor, {}, counter), first);
  EXPECT_EQ(counter.begun, 2u);
  // A blob that is gone is made again, with the same bytes.
  const oci::Descriptor layer = ReadManifest(store_, first).layers[0];
  ASSERT_EQ(::unlink(store_.layout().Blob(layer.digest).c_str()), 0);
  EXPECT_EQ(MakeExportable(store_, image.descriptor, {}, counter), first);
  EXPECT_EQ(counter.begun, 3u);
  for (const auto& lock : std::filesystem::directory_iterator(store_.layout().locks())) {
    EXPECT_FALSE(lock.path().filename().native().starts_with("compress-")) << lock.path();
  }
}

TEST_F(ExportTest, LevelsAreChoicesOfTheirOwn) {
  EXPECT_EQ(ChoiceName({}), ChoiceName({.compression = oci::Compression::kGzip, .level = 4}));
  EXPECT_NE(ChoiceName({}), ChoiceName({.compression = oci::Compression::kGzip, .level = 9}));
  EXPECT_NE(ChoiceName({}), ChoiceName({.compression = oci::Compression::kZstd, .level = 6}));
}

TEST_F(ExportTest, WhatIsCompressedKeepsItsBytesAndItsManifest) {
  const oci::Descriptor exported = Export(BuildImage(store_, kLayers).descriptor);
  EXPECT_EQ(Export(exported), exported);
  EXPECT_EQ(Export(exported, {.compression = {oci::Compression::kNone, {}}}), exported);
}

TEST_F(ExportTest, ForcingDecompresses) {
  const TestImage image = BuildImage(store_, kLayers);
  const oci::Descriptor exported = Export(image.descriptor);
  const oci::Descriptor plain =
      Export(exported, {.compression = {oci::Compression::kNone, {}}, .force_compression = true});
  const oci::Manifest manifest = ReadManifest(store_, plain);
  EXPECT_EQ(manifest.layers[0].digest, image.config.diff_ids[0].digest);
  EXPECT_EQ(manifest.layers[0].media_type, oci::kOciLayer);
  EXPECT_EQ(Get(store_, manifest.layers[1]).size(), manifest.layers[1].size);
}

TEST_F(ExportTest, DockersTypesForEverything) {
  const oci::Descriptor exported =
      Export(BuildImage(store_, kLayers).descriptor, {.types = oci::TypeFamily::kDocker});
  const oci::Manifest manifest = ReadManifest(store_, exported);
  EXPECT_EQ(exported.media_type, oci::kDockerManifest);
  EXPECT_EQ(manifest.media_type, oci::kDockerManifest);
  EXPECT_EQ(manifest.config.media_type, oci::kDockerConfig);
  EXPECT_EQ(manifest.layers[0].media_type, oci::kDockerLayerGzip);
  // Without a wish the image keeps its family, even with annotations added.
  const oci::Descriptor annotated =
      Export(exported, {.annotations = {{.key = "key", .value = "value"}}});
  EXPECT_EQ(annotated.media_type, oci::kDockerManifest);
  EXPECT_EQ(ReadManifest(store_, annotated).annotations.at("key"), "value");
}

TEST_F(ExportTest, DockersTypesHaveNoZstd) {
  const TestImage image = BuildImage(store_, kLayers);
  const Error error = ErrorOf([&] {
    Export(image.descriptor,
           {.compression = {oci::Compression::kZstd, {}}, .types = oci::TypeFamily::kDocker});
  });
  EXPECT_EQ(error.kind(), ErrorKind::kUnsupported);
  EXPECT_NE(error.hint().find("gzip"), std::string::npos);
  EXPECT_EQ(CountEntries(store_.layout().compressed()), 0u);
}

TEST_F(ExportTest, AnIndexIsExportedChildByChild) {
  const TestImage one = BuildImage(store_, {kLayers[0]});
  const TestImage two = BuildImage(store_, {kLayers[1]});
  oci::Index index{std::string(oci::kOciIndex), {}, {one.descriptor, two.descriptor}, {}, {}};
  index.manifests[0].platform = oci::Platform::Parse("linux/amd64");
  index.manifests[1].platform = oci::Platform::Parse("linux/arm64");
  const oci::Descriptor root = PutText(store_.blobs(), oci::kOciIndex, Serialize(index));
  const oci::Descriptor exported = Export(root);
  const auto document = oci::ParseManifest(Get(store_, exported), exported.media_type, "index");
  const auto& children = std::get<oci::Index>(document).manifests;
  ASSERT_EQ(children.size(), 2u);
  EXPECT_EQ(children[1].platform->architecture, "arm64");
  EXPECT_EQ(ReadManifest(store_, children[1]).layers[0].media_type, oci::kOciLayerGzip);
  EXPECT_EQ(Export(exported), exported);
}

TEST_F(ExportTest, AnnotationsGoWhereTheyAreMeant) {
  oci::Index index{std::string(oci::kOciIndex), {}, {}, {}, {}};
  for (const char* platform : {"linux/amd64", "linux/arm64"}) {
    index.manifests.push_back(BuildImage(store_, kLayers).descriptor);
    index.manifests.back().platform = oci::Platform::Parse(platform);
  }
  const oci::Descriptor root = PutText(store_.blobs(), oci::kOciIndex, Serialize(index));
  const auto arm = oci::Platform::Parse("linux/arm64/v8");
  const std::vector<Annotation> annotations = {
      {AnnotationPlace::kManifest, {}, "every", "1"},
      {AnnotationPlace::kManifest, arm, "arm", "2"},
      {AnnotationPlace::kManifestDescriptor, arm, "listed", "3"},
      {AnnotationPlace::kIndex, {}, "index", "4"},
      {AnnotationPlace::kIndexDescriptor, {}, "root", "5"}};
  const oci::Descriptor exported = Export(root, {.annotations = annotations});
  EXPECT_EQ(exported.annotations, (oci::Annotations{{"root", "5"}}));
  const auto document = oci::ParseManifest(Get(store_, exported), exported.media_type, "index");
  const auto& written = std::get<oci::Index>(document);
  EXPECT_EQ(written.annotations, (oci::Annotations{{"index", "4"}}));
  ASSERT_EQ(written.manifests.size(), 2u);
  EXPECT_TRUE(written.manifests[0].annotations.empty());
  EXPECT_EQ(written.manifests[1].annotations, (oci::Annotations{{"listed", "3"}}));
  EXPECT_EQ(ReadManifest(store_, written.manifests[0]).annotations,
            (oci::Annotations{{"every", "1"}}));
  EXPECT_EQ(ReadManifest(store_, written.manifests[1]).annotations,
            (oci::Annotations{{"arm", "2"}, {"every", "1"}}));
}

TEST_F(ExportTest, AnnotationsOfAnIndexNeedOne) {
  const TestImage image = BuildImage(store_, kLayers);
  const Error error = ErrorOf([&] {
    Export(image.descriptor, {.annotations = {{AnnotationPlace::kIndex, {}, "key", "value"}}});
  });
  EXPECT_EQ(error.kind(), ErrorKind::kUsage);
}

TEST_F(ExportTest, AnIndexWithAMissingChildIsNotFound) {
  oci::Descriptor missing = oci::DescriptorOf(std::string(oci::kOciManifest), "not here");
  missing.platform = oci::Platform::Parse("linux/arm64");
  const oci::Descriptor root =
      PutText(store_.blobs(), oci::kOciIndex,
              Serialize(oci::Index{std::string(oci::kOciIndex), {}, {missing}, {}, {}}));
  const Error error = ErrorOf([&] { Export(root); });
  EXPECT_EQ(error.kind(), ErrorKind::kNotFound);
  EXPECT_NE(error.message().find("linux/arm64"), std::string::npos);
}

// An OCI manifest with a config of Docker's type, as some tools make them.
TEST_F(ExportTest, AMixedImageIsLeftAsItIsUnlessTypesAreAskedFor) {
  oci::Manifest manifest = ReadManifest(store_, Export(BuildImage(store_, kLayers).descriptor));
  manifest.config.media_type = oci::kDockerConfig;
  const oci::Descriptor mixed = PutText(store_.blobs(), oci::kOciManifest, Serialize(manifest));
  EXPECT_EQ(Export(mixed), mixed);
  const oci::Descriptor clean = Export(mixed, {.types = oci::TypeFamily::kOci});
  EXPECT_EQ(ReadManifest(store_, clean).config.media_type, oci::kOciConfig);
}

TEST_F(ExportTest, AttestationsPassThrough) {
  const oci::Descriptor statement =
      PutText(store_.blobs(), "application/vnd.in-toto+json", "{\"_type\":\"x\"}");
  const TestImage attestation = PutImage(store_.blobs(), {}, {statement});
  EXPECT_EQ(Export(attestation.descriptor), attestation.descriptor);
}

TEST_F(ExportTest, ALayerThatIsNotHereIsNotFound) {
  const oci::DiffId missing{oci::Digest::OfText("missing")};
  const TestImage image =
      PutImage(store_.blobs(), {missing},
               {{.media_type = std::string(oci::kOciLayer), .digest = missing.digest, .size = 7}});
  const Error error = ErrorOf([&] { Export(image.descriptor); });
  EXPECT_EQ(error.kind(), ErrorKind::kNotFound);
  EXPECT_NE(std::string(error.what()).find(missing.ToString()), std::string::npos);
}

}  // namespace
}  // namespace ibuild::layers
