// The pure parts of the commands that work on images where they are.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/remote/edit_image.h"
#include "cli/remote/exit_codes.h"
#include "cli/remote/image_location.h"
#include "cli/remote/sync_plan.h"
#include "cli/remote/tag_order.h"
#include "cli/remote/yaml.h"
#include "support/error.h"
#include "support/json.h"

namespace ibuild::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(ImageLocation, PrefixesSayWhereTheImageIs) {
  const auto kind = [](const char* text) { return ImageLocation::Parse(text).kind; };
  EXPECT_EQ(kind("r.example/a:1"), PlaceKind::kRegistry);
  EXPECT_EQ(kind("docker://r.example/a:1"), PlaceKind::kRegistry);
  EXPECT_EQ(kind("store:a"), PlaceKind::kStore);
  EXPECT_EQ(kind("containers-storage:[vfs@/x]a"), PlaceKind::kStore);
  EXPECT_EQ(kind("docker-archive:a.tar"), PlaceKind::kDockerArchive);
  EXPECT_EQ(kind("dir:a"), PlaceKind::kDirectory);
  const ImageLocation layout = ImageLocation::Parse("oci:out/x:1.0");
  EXPECT_EQ(layout.path, "out/x");
  EXPECT_EQ(layout.image, "1.0");
  const std::string digest = "sha256:" + std::string(64, 'a');
  EXPECT_EQ(ImageLocation::Parse("oci:x@" + digest).image, digest);
  EXPECT_EQ(ImageLocation::Parse("docker-archive:a.tar:team/app:1").image, "team/app:1");
  EXPECT_THROW(ImageLocation::ParsePrefixed("r.example/a:1"), Error);
  EXPECT_THROW(ImageLocation::Parse("docker://"), Error);
}

TEST(TagOrder, VersionsAreSortedAsNumbers) {
  EXPECT_TRUE(IsOlderVersion("1.9", "1.10"));
  EXPECT_TRUE(IsOlderVersion("1.0-rc1", "1.0"));
  EXPECT_TRUE(IsOlderVersion("1.0-rc.2", "1.0-rc.10"));
  EXPECT_TRUE(IsOlderVersion("latest", "0.1"));
  EXPECT_TRUE(IsOlderVersion("v1.2.3", "v1.2.4"));
  EXPECT_FALSE(IsOlderVersion("2", "1.9"));
}

TEST(TagOrder, RangesAreThoseOfNpmAndSemver) {
  const auto in = [](const char* tag, const char* range) { return IsInVersionRange(tag, range); };
  EXPECT_TRUE(in("1.4.2", ">= 1.2, < 2.0"));
  EXPECT_FALSE(in("2.0.0", ">= 1.2, < 2.0"));
  EXPECT_TRUE(in("1.9.9", "^1.2"));
  EXPECT_FALSE(in("0.3.0", "^0.2.1"));
  EXPECT_TRUE(in("1.2.9", "~1.2.3"));
  EXPECT_FALSE(in("1.3.0", "~1.2.3"));
  EXPECT_TRUE(in("1.2.7", "1.2.x"));
  EXPECT_TRUE(in("3.1.0", "1.x || 3.x"));
  EXPECT_FALSE(in("latest", ">= 0"));
  EXPECT_THROW(in("1.0.0", ">= nonsense"), Error);
}

TEST(TagOrder, PatternsAreGlobsOrExpressions) {
  EXPECT_TRUE(MatchesTag("1.2-alpine", "1.*"));
  EXPECT_FALSE(MatchesTag("v1.2", "1.*"));
  EXPECT_TRUE(MatchesTag("v1.2", "/1[.]\\d/"));
  EXPECT_THROW(MatchesTag("a", "/(/"), Error);
  EXPECT_TRUE(IsDigestTag("sha256-" + std::string(64, '0') + ".sig"));
  EXPECT_FALSE(IsDigestTag("sha256-short"));
}

TEST(Yaml, ListsOfImagesAreRead) {
  const YamlNode root = YamlNode::Parse(R"(# comment
r.example:
    images:
        team/app: ["1.0", 'it''s']   # flow
        team/all: []
        team/more:
        - a
        - "b#c"
    tls-verify: false
)",
                                        "f.yaml");
  const YamlNode* images = root.Find("r.example")->Find("images");
  EXPECT_EQ(images->Find("team/app")->AsSequence().at(1).AsString(), "it's");
  EXPECT_TRUE(images->Find("team/all")->AsSequence().empty());
  EXPECT_EQ(images->Find("team/more")->AsSequence().at(1).AsString(), "b#c");
  EXPECT_FALSE(root.Find("r.example")->Find("tls-verify")->AsBool());
}

TEST(Yaml, FaultsAreNamedWithTheirLine) {
  const auto fault = [](const char* text) {
    try {
      YamlNode::Parse(text, "f.yaml").AsMapping();
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_THAT(fault("a: 1\na: 2\n"), HasSubstr("f.yaml:2"));
  EXPECT_THAT(fault("a:\n\tb: 1\n"), HasSubstr("f.yaml:2"));
  EXPECT_THAT(fault("a: &x 1\n"), HasSubstr("f.yaml:1"));
  EXPECT_THAT(fault("a: [1, 2\n"), HasSubstr("not closed"));
  EXPECT_THAT(fault("a: 1\n  b: 2\n"), HasSubstr("f.yaml:2"));
}

TEST(SyncPlan, SaysWhatIsWanted) {
  const auto sources = ReadSyncFile(R"(
r.example:
  images:
    a/b: [ "1.0" ]
    a/all:
  images-by-tag-regex:
    a/c: ^1[.]
  images-by-semver:
    a/d: ">= 2"
  credentials:
    username: u
    password: p
)",
                                    "f.yaml");
  ASSERT_EQ(sources.size(), 1u);
  const auto& repositories = sources[0].repositories;
  ASSERT_EQ(repositories.size(), 4u);
  EXPECT_THAT(repositories[0].exact, ElementsAre("1.0"));
  EXPECT_TRUE(repositories[1].all);
  EXPECT_TRUE(repositories[2].IsWanted("1.5"));
  EXPECT_FALSE(repositories[2].IsWanted("2.1"));
  EXPECT_TRUE(repositories[3].IsWanted("2.1"));
  EXPECT_EQ(sources[0].credential->username, "u");
  EXPECT_THROW(ReadSyncFile("r.example:\n  pictures: 1\n", "f"), Error);
}

TEST(EditImage, KeepsWhatItDoesNotKnow) {
  ImageEdit edit;
  edit.entrypoint = {"/bin/echo"};
  edit.env = {"A=2", "B=3"};
  edit.labels = {{"k", "v"}};
  const std::string text = EditConfig(
      R"({"architecture":"amd64","os":"linux","x.future":{"a":1},"config":{"Env":["A=1"],"Cmd":["sh"]},)"
      R"("rootfs":{"type":"layers","diff_ids":[]}})",
      edit, {}, "test");
  const Json json = ParseJson(text, "result");
  EXPECT_EQ(json["x.future"]["a"], 1);
  EXPECT_EQ(json["config"]["Env"], Json::parse(R"(["A=2","B=3"])"));
  EXPECT_FALSE(json["config"].contains("Cmd"));
  EXPECT_EQ(json["config"]["Labels"]["k"], "v");
}

TEST(EditImage, LayersComeWithTheirNamesAndHistory) {
  const oci::Digest digest = oci::Digest::OfText("x");
  const NewLayer layer{oci::DescriptorOf("t", "x"), {digest}, "test"};
  const std::string text = EditConfig(
      R"({"created":"2023-01-01T00:00:00Z","rootfs":{"diff_ids":null}})", {}, {layer}, "test");
  const Json json = ParseJson(text, "result");
  EXPECT_EQ(json["rootfs"]["diff_ids"][0], digest.ToString());
  EXPECT_EQ(json["history"][0]["created"], "2023-01-01T00:00:00Z");
  EXPECT_EQ(json["history"][0]["created_by"], "test");
}

TEST(ExitCodes, TellFailuresOfRegistriesApart) {
  const auto code = [](ErrorKind kind, std::string_view command, ToolKind tool = ToolKind::kIbuild,
                       std::vector<std::string> arguments = {}) {
    const std::size_t operands = arguments.size();
    return ExitCodeOf(Error(kind, "x"), tool, Running{command, std::move(arguments), operands});
  };
  EXPECT_EQ(code(ErrorKind::kNotFound, "digest"), 2);
  EXPECT_EQ(code(ErrorKind::kUnauthorized, "copy"), 3);
  EXPECT_EQ(code(ErrorKind::kPermissionDenied, "index create"), 3);
  EXPECT_EQ(code(ErrorKind::kUnavailable, "tags"), 4);
  EXPECT_EQ(code(ErrorKind::kCorrupt, "copy"), 5);
  EXPECT_EQ(code(ErrorKind::kUnsupported, "delete"), 1);
  EXPECT_EQ(code(ErrorKind::kUsage, "digest"), 125);
  EXPECT_EQ(code(ErrorKind::kCancelled, "digest"), 130);
  // Those of every day keep the one code that scripts know.
  EXPECT_EQ(code(ErrorKind::kNotFound, "pull"), 1);
  EXPECT_EQ(code(ErrorKind::kNotFound, "inspect"), 1);
  EXPECT_EQ(code(ErrorKind::kNotFound, "inspect", ToolKind::kIbuild, {"--remote", "x"}), 2);
  // So do words that mean a container, or the disk, when less is said.
  const auto with = [&](std::string_view command, std::vector<std::string> arguments) {
    return code(ErrorKind::kNotFound, command, ToolKind::kIbuild, std::move(arguments));
  };
  EXPECT_EQ(with("attach", {"container"}), 1);
  EXPECT_EQ(with("attach", {"a/b:1", "file"}), 2);
  EXPECT_EQ(with("diff", {"container"}), 1);
  EXPECT_EQ(with("diff", {"a/b:1", "a/b:2"}), 2);
  EXPECT_EQ(with("sync", {}), 1);
  EXPECT_EQ(with("sync", {"list", "r.example"}), 2);
  EXPECT_EQ(code(ErrorKind::kNotFound, "inspect", ToolKind::kSkopeo), 2);
  EXPECT_EQ(code(ErrorKind::kUnauthorized, "copy", ToolKind::kSkopeo), 1);
  EXPECT_EQ(code(ErrorKind::kNotFound, "digest", ToolKind::kCrane), 1);
}

}  // namespace
}  // namespace ibuild::cli
