#include "builder/assemble/image_assembler.h"

#include <gmock/gmock.h>

#include <map>

#include "oci/media_type.h"
#include "tests/builder/plan_fixture.h"

namespace ibuild::builder {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

class MemoryBlobs final : public oci::BlobSink {
 public:
  void Put(const oci::Descriptor& descriptor, ByteSource& content) override {
    texts[descriptor.digest.ToString()] = ReadToString(content, 1 << 20);
  }
  std::map<std::string, std::string> texts;
};

StepLayer LayerOf(VertexId vertex) {
  return {.diff_id = {oci::Digest::OfText(std::to_string(vertex))},
          .size = 1000 + vertex,
          .created = {1'600'000'000 + static_cast<std::int64_t>(vertex), 0}};
}

oci::ResolvedImage Base() {
  oci::ResolvedImage base{.manifest = oci::DescriptorOf(std::string(oci::kDockerManifest), "m"),
                          .content = {.media_type = std::string(oci::kDockerManifest),
                                      .artifact_type = {},
                                      .config = oci::DescriptorOf("", ""),
                                      .layers = {},
                                      .subject = {},
                                      .annotations = {}},
                          .config = TestImageConfig(oci::Reference::Parse("base:1"), {}),
                          .config_text = {}};
  base.content.layers = {oci::DescriptorOf(std::string(oci::kDockerLayerGzip), "compressed")};
  base.config.diff_ids = {{oci::Digest::OfText("plain")}};
  base.config.history = {
      {.created = "2017-07-14T02:40:00Z", .created_by = "base layer", .author = {}, .comment = {}}};
  return base;
}

AssembledImage Assemble(std::string_view dockerfile, const oci::ResolvedImage* base,
                        std::optional<std::int64_t> epoch = std::nullopt) {
  const BuildPlan plan = PlanText(dockerfile);
  AssemblyInput input{
      .base = base, .layer_of = LayerOf, .source_date_epoch = epoch, .now = {1'700'000'000, 0}};
  return AssembleImage(plan.graph.images.front(), input);
}

TEST(ImageAssembler, NewLayersArePlainAndFollowTheBases) {
  const oci::ResolvedImage base = Base();
  const AssembledImage image = Assemble("FROM base:1\nENV A=1\nRUN x\n", &base);
  ASSERT_THAT(image.manifest.layers, SizeIs(2));
  EXPECT_EQ(image.manifest.layers[0].digest, base.content.layers[0].digest);
  EXPECT_EQ(image.manifest.layers[0].media_type, oci::kOciLayerGzip);
  EXPECT_EQ(image.manifest.layers[1].media_type, oci::kOciLayer);
  EXPECT_EQ(image.manifest.layers[1].digest, image.config.diff_ids[1].digest);
  EXPECT_EQ(image.manifest.layers[1].size, 1001U);
  EXPECT_EQ(image.config.diff_ids[0], base.config.diff_ids[0]);
}

TEST(ImageAssembler, TimesFollowTheLayers) {
  const oci::ResolvedImage base = Base();
  const AssembledImage image = Assemble("FROM base:1\nENV A=1\nRUN x\n", &base);
  std::vector<std::string> times;
  for (const oci::HistoryEntry& entry : image.config.history) times.push_back(entry.created);
  EXPECT_THAT(times,
              ElementsAre("2017-07-14T02:40:00Z", "2020-09-13T12:26:41Z", "2020-09-13T12:26:41Z"));
  EXPECT_EQ(image.config.created, "2020-09-13T12:26:41Z");
}

TEST(ImageAssembler, ConfigurationAloneKeepsTheTimeOfTheBase) {
  const oci::ResolvedImage base = Base();
  EXPECT_EQ(Assemble("FROM base:1\nENV A=1\n", &base).config.created, "2017-07-14T02:40:00Z");
}

TEST(ImageAssembler, EpochIsTheTimeOfEverythingNew) {
  const oci::ResolvedImage base = Base();
  const AssembledImage image = Assemble("FROM base:1\nENV A=1\nRUN x\n", &base, 1'000'000'000);
  EXPECT_EQ(image.config.created, "2001-09-09T01:46:40Z");
  EXPECT_EQ(image.config.history[0].created, "2017-07-14T02:40:00Z");
  EXPECT_EQ(image.config.history[1].created, "2001-09-09T01:46:40Z");
  EXPECT_EQ(image.config.history[2].created, "2001-09-09T01:46:40Z");
}

TEST(ImageAssembler, ScratchAlone) {
  const AssembledImage image = Assemble("FROM scratch\n", nullptr);
  EXPECT_THAT(image.manifest.layers, SizeIs(0));
  EXPECT_EQ(image.config.created, "2023-11-14T22:13:20Z");
}

TEST(ImageAssembler, HistoryOfABaseIsFitToItsLayers) {
  oci::ResolvedImage base = Base();
  base.config.history.clear();
  const AssembledImage image = Assemble("FROM base:1\nRUN x\n", &base);
  ASSERT_THAT(image.config.history, SizeIs(2));
  EXPECT_FALSE(image.config.history[0].empty_layer);
}

TEST(ImageAssembler, ManifestAndConfigurationAreStoredUnderTheirDigests) {
  const oci::ResolvedImage base = Base();
  const AssembledImage image = Assemble("FROM base:1\nRUN x\n", &base);
  MemoryBlobs blobs;
  const oci::Descriptor descriptor = StoreImage(image, blobs);
  EXPECT_EQ(descriptor.platform->ToString(), "linux/amd64");
  ASSERT_TRUE(blobs.texts.contains(descriptor.digest.ToString()));
  for (const auto& [digest, text] : blobs.texts) {
    EXPECT_EQ(oci::Digest::OfText(text).ToString(), digest);
  }
  const auto manifest = std::get<oci::Manifest>(
      oci::ParseManifest(blobs.texts.at(descriptor.digest.ToString()), oci::kOciManifest, "test"));
  EXPECT_EQ(oci::ParseImageConfig(blobs.texts.at(manifest.config.digest.ToString()), "test"),
            image.config);
}

TEST(ImageAssembler, SameInputSameBytes) {
  const oci::ResolvedImage base = Base();
  EXPECT_EQ(Assemble("FROM base:1\nRUN x\n", &base).manifest_text,
            Assemble("FROM base:1\nRUN x\n", &base).manifest_text);
}

TEST(ImageAssembler, AnIndexNamesItsManifestsInOrder) {
  const oci::ResolvedImage base = Base();
  MemoryBlobs blobs;
  const oci::Descriptor manifest = StoreImage(Assemble("FROM base:1\n", &base), blobs);
  const oci::Descriptor descriptor = StoreIndex({manifest, manifest}, blobs);
  EXPECT_EQ(descriptor.media_type, oci::kOciIndex);
  const auto index = std::get<oci::Index>(
      oci::ParseManifest(blobs.texts.at(descriptor.digest.ToString()), oci::kOciIndex, "test"));
  EXPECT_THAT(index.manifests, ElementsAre(manifest, manifest));
}

}  // namespace
}  // namespace ibuild::builder
