#include "oci/manifest.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "oci/media_type.h"
#include "tests/expect_error.h"

namespace ibuild::oci {
namespace {

const std::string kDigest = "sha256:" + std::string(64, 'a');
const std::string kDescriptor = R"({"mediaType":"t","digest":")" + kDigest + R"(","size":1})";

std::string ManifestText(std::string_view type_member) {
  return fmt::format(R"({{"schemaVersion":2,{}"config":{},"layers":[{}]}})", type_member,
                     kDescriptor, kDescriptor);
}

ManifestOrIndex Parse(const std::string& text, std::string_view served = {}) {
  return ParseManifest(text, served, "the manifest");
}

TEST(ParseManifest, TheDocumentsOwnTypeDecides) {
  const auto parsed =
      Parse(ManifestText(R"("mediaType":")" + std::string(kDockerManifest) + "\","));
  EXPECT_EQ(MediaTypeOf(parsed), kDockerManifest);
  EXPECT_EQ(std::get<Manifest>(parsed).layers.size(), 1u);
}

TEST(ParseManifest, WithoutOwnTypeTheServedOneDecides) {
  EXPECT_EQ(MediaTypeOf(Parse(ManifestText(""), kDockerManifest)), kDockerManifest);
  EXPECT_EQ(MediaTypeOf(Parse(ManifestText(""), std::string(kOciManifest) + "; charset=utf-8")),
            kOciManifest);
}

TEST(ParseManifest, GenericTypesLeaveItToTheShape) {
  for (const char* served : {"", "text/plain; charset=utf-8", "application/json",
                             "application/octet-stream", "Application/JSON"}) {
    EXPECT_EQ(MediaTypeOf(Parse(ManifestText(""), served)), kOciManifest) << served;
    EXPECT_EQ(MediaTypeOf(Parse(R"({"schemaVersion":2,"manifests":[]})", served)), kOciIndex);
  }
}

TEST(ParseManifest, ContradictionsAreRefused) {  // CVE-2021-41190
  ExpectError(ErrorKind::kInvalidInput, "both `manifests` and",
              [] { Parse(R"({"schemaVersion":2,"manifests":[],"layers":[]})"); });
  ExpectError(ErrorKind::kInvalidInput, "was served as", [] {
    Parse(ManifestText(R"("mediaType":")" + std::string(kOciManifest) + "\","), kOciIndex);
  });
  ExpectError(ErrorKind::kInvalidInput, "\"manifests\" is missing",
              [] { Parse(ManifestText(""), kOciIndex); });
}

TEST(ParseManifest, Schema1IsUnsupportedWithAdvice) {
  const auto error = CatchError([] { Parse(R"({"schemaVersion":1,"name":"x","fsLayers":[]})"); });
  EXPECT_EQ(error->kind(), ErrorKind::kUnsupported);
  EXPECT_NE(error->hint().find("push the image again"), std::string::npos);
}

TEST(ParseManifest, OtherTypesAreUnsupported) {
  ExpectError(ErrorKind::kUnsupported, "not an image",
              [] { Parse(R"({"mediaType":"application/vnd.docker.plugin.v1+json"})"); });
}

TEST(ParseManifest, OtherShapesAreRefused) {
  ExpectError(ErrorKind::kInvalidInput, "neither", [] { Parse(R"({"schemaVersion":2})"); });
  ExpectError(ErrorKind::kInvalidInput, "expected an object", [] { Parse("[]"); });
  ExpectError(ErrorKind::kInvalidInput, "the manifest: layers[0].digest", [] {
    Parse(R"({"config":)" + kDescriptor +
          R"(,"layers":[{"mediaType":"t","digest":"x","size":1}]})");
  });
}

TEST(ParseManifest, ListsAreLimited) {
  std::string list = kDescriptor;
  for (int i = 0; i < 1000; ++i) list += "," + kDescriptor;
  ExpectError(ErrorKind::kInvalidInput, "more than 1000 entries",
              [&] { Parse(R"({"manifests":[)" + list + "]}"); });
}

TEST(SerializeManifest, IsIndentedByTwoInTheOrderOfTheSpecification) {
  Manifest manifest{.media_type = std::string(kOciManifest),
                    .artifact_type = "",
                    .config = DescriptorOf("c", "{}"),
                    .layers = {},
                    .subject = {},
                    .annotations = {{"a", "<b>"}}};
  EXPECT_EQ(Serialize(manifest), fmt::format(R"({{
  "schemaVersion": 2,
  "mediaType": "application/vnd.oci.image.manifest.v1+json",
  "config": {{
    "mediaType": "c",
    "digest": "{}",
    "size": 2
  }},
  "layers": [],
  "annotations": {{
    "a": "\u003cb\u003e"
  }}
}})",
                                             Digest::OfText("{}").ToString()));
  EXPECT_EQ(Serialize(std::get<Manifest>(Parse(Serialize(manifest)))), Serialize(manifest));
}

Descriptor Entry(const char* platform, std::string_view name) {
  Descriptor entry = DescriptorOf(std::string(kOciManifest), name);
  if (platform != nullptr) entry.platform = Platform::Parse(platform);
  return entry;
}

class ChoosePlatformTest : public testing::Test {
 protected:
  std::string Choose(const char* wanted) const {
    const Descriptor& chosen = ChoosePlatform(index_, Platform::Parse(wanted), "r.example/x:1");
    return chosen.digest.ToString();
  }
  static std::string NameOf(std::string_view name) { return Digest::OfText(name).ToString(); }

  Index index_{.media_type = std::string(kOciIndex),
               .artifact_type = "",
               .manifests = {Entry("linux/arm/v5", "arm5"), Entry("linux/amd64", "amd64"),
                             Entry("linux/amd64", "another"), Entry("linux/arm/v6", "arm6")},
               .subject = {},
               .annotations = {}};
};

TEST_F(ChoosePlatformTest, TakesTheFirstOfTheBestRank) {
  EXPECT_EQ(Choose("linux/amd64"), NameOf("amd64"));
  EXPECT_EQ(Choose("linux/arm/v7"), NameOf("arm6"));
}

TEST_F(ChoosePlatformTest, PassesOverAttestationsAndArtifacts) {
  Descriptor attestation = Entry(nullptr, "attestation");
  attestation.platform = Platform{.os = "unknown", .architecture = "unknown"};
  attestation.annotations["vnd.docker.reference.type"] = "attestation-manifest";
  Descriptor artifact = Entry("linux/riscv64", "artifact");
  artifact.artifact_type = "application/vnd.example.sbom";
  index_.manifests = {attestation, artifact};
  ExpectError(ErrorKind::kNotFound, "no image for linux/riscv64", [&] { Choose("linux/riscv64"); });
}

TEST_F(ChoosePlatformTest, AnEntryWithoutPlatformIsTheLastResort) {
  index_.manifests.insert(index_.manifests.begin(), Entry(nullptr, "bare"));
  EXPECT_EQ(Choose("linux/amd64"), NameOf("amd64"));
  EXPECT_EQ(Choose("linux/s390x"), NameOf("bare"));
}

TEST_F(ChoosePlatformTest, OtherwiseTheErrorListsWhatThereIs) {
  const auto error = CatchError([&] { Choose("linux/s390x"); });
  EXPECT_STREQ(error->what(), "r.example/x:1 has no image for linux/s390x");
  EXPECT_EQ(error->hint(),
            "it has: linux/arm/v5, linux/amd64, linux/arm/v6; choose one with `--platform`");
}

}  // namespace
}  // namespace ibuild::oci
