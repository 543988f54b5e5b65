// From what a user typed to an image.
#include "layers/store/find_image.h"
#include "layers/store/image_parts.h"
#include "tests/layers/store_fixture.h"

namespace ibuild::layers {
namespace {

oci::Reference Ref(std::string_view text) { return oci::Reference::Parse(text); }

class FindImageTest : public StoreTest {
 protected:
  // An image whose config is this text; the config's digest is the image's id.
  oci::Descriptor Add(const std::vector<std::string>& names, const std::string& config) {
    const oci::Descriptor config_blob = Put(store_, config, oci::kOciConfig);
    const oci::Descriptor image =
        Put(store_,
            Serialize(oci::Manifest{std::string(oci::kOciManifest), {}, config_blob, {}, {}, {}}),
            oci::kOciManifest);
    std::vector<NamedImage> named;
    for (const std::string& name : names) named.push_back({Ref(name), image});
    store_.names().Set(named);
    return image;
  }

  Store store_ = Open();
};

TEST_F(FindImageTest, ByNameWithEverySpelling) {
  const oci::Descriptor image = Add({"app:latest", "app:1"}, "{}");
  for (const char* text : {"app", "app:latest", "docker.io/library/app:1", "library/app"}) {
    const FoundImage found = FindImage(store_, text);
    EXPECT_EQ(found.descriptor, image) << text;
    EXPECT_TRUE(found.name);
    EXPECT_EQ(found.names.size(), 2u);
  }
}

TEST_F(FindImageTest, ADamagedNeighbourIsInNobodysWay) {
  const oci::Descriptor damaged = Add({"bad:1"}, "{ }");
  const oci::Descriptor image = Add({"app:1"}, "{}");
  const std::string id = oci::Digest::OfText("{}").hex();
  for (const bool gone : {false, true}) {
    const std::filesystem::path manifest = store_.layout().Blob(damaged.digest);
    if (!gone) {
      ASSERT_EQ(::chmod(manifest.c_str(), 0600), 0);
    }
    if (!gone) WriteFileAtomically(manifest, "damaged");
    EXPECT_EQ(FindImage(store_, "app:1").descriptor, image);
    EXPECT_EQ(FindImage(store_, id).descriptor, image);
    const FoundImage found = FindImage(store_, "bad:1");
    EXPECT_EQ(found.descriptor, damaged) << "it can be named, and so removed";
    EXPECT_EQ(found.names, std::vector{Ref("bad:1")});
    EXPECT_FALSE(FindMissing(store_, damaged).empty());
    EXPECT_TRUE(FindMissing(store_, image).empty());
  }
}

TEST_F(FindImageTest, ByNameAndDigest) {
  const oci::Descriptor image = Add({"app:1"}, "{}");
  EXPECT_EQ(FindImage(store_, "app@" + image.digest.ToString()).descriptor, image);
  EXPECT_EQ(ErrorOf([&] { FindImage(store_, "other@" + image.digest.ToString()); }).kind(),
            ErrorKind::kNotFound);
}

TEST_F(FindImageTest, ByTheBeginningOfItsId) {
  const oci::Descriptor image = Add({"app:1"}, "{}");
  const std::string id = oci::Digest::OfText("{}").hex();
  for (const std::string& text : {id, id.substr(0, 12), id.substr(0, 4), "sha256:" + id,
                                  image.digest.hex().substr(0, 12), image.digest.ToString()}) {
    const FoundImage found = FindImage(store_, text);
    EXPECT_EQ(found.descriptor, image) << text;
    EXPECT_FALSE(found.name);
    EXPECT_EQ(found.names, std::vector{Ref("app:1")});
  }
  EXPECT_EQ(ErrorOf([&] { FindImage(store_, id.substr(0, 3)); }).kind(), ErrorKind::kNotFound);
  EXPECT_EQ(ImageId(store_, image).hex(), id);
}

TEST_F(FindImageTest, ByTheDigestThatItsRegistryKnows) {
  const oci::Descriptor image = Add({"app:1"}, "{}");
  const oci::Digest remote = oci::Digest::OfText("compressed");
  store_.names().Set({{Ref("app:1"), image, remote}});
  EXPECT_EQ(FindImage(store_, "app@" + remote.ToString()).descriptor, image);
}

TEST_F(FindImageTest, AnImageWithoutANameIsFoundByItsId) {
  const oci::Descriptor image = Add({}, "{}");
  store_.names().Keep(image);
  const FoundImage found = FindImage(store_, oci::Digest::OfText("{}").hex().substr(0, 12));
  EXPECT_EQ(found.descriptor, image);
  EXPECT_TRUE(found.names.empty());
}

// The id of an index is its own; those of its images find the images.
TEST_F(FindImageTest, AnIndexAndItsImagesAreNotConfused) {
  const oci::Descriptor image = Add({}, "{}");
  const oci::Descriptor other = Add({}, "{ }");
  const oci::Descriptor index =
      Put(store_, Serialize(oci::Index{std::string(oci::kOciIndex), {}, {image, other}, {}, {}}),
          oci::kOciIndex);
  store_.names().Set({{Ref("many:1"), index}, {Ref("one:1"), image}});
  EXPECT_EQ(FindImage(store_, index.digest.hex()).descriptor, index);
  const FoundImage found = FindImage(store_, oci::Digest::OfText("{}").hex());
  EXPECT_EQ(found.descriptor.digest, image.digest);
  EXPECT_EQ(FindImage(store_, oci::Digest::OfText("{ }").hex()).descriptor.digest, other.digest);
}

TEST_F(FindImageTest, ManifestsOfOneConfigurationAreOneImage) {
  Add({"app:1"}, "{}");
  const oci::Descriptor config = Put(store_, "{}", oci::kOciConfig);
  const oci::Manifest docker{std::string(oci::kDockerManifest), {}, config, {}, {}, {}};
  store_.names().Set({{Ref("app:2"), Put(store_, Serialize(docker), oci::kDockerManifest)}});
  const std::vector both = {Ref("app:1"), Ref("app:2")};
  EXPECT_EQ(FindImage(store_, oci::Digest::OfText("{}").hex()).names, both);
  EXPECT_EQ(FindImage(store_, "app:2").names, both);
  EXPECT_EQ(FindImage(store_, "app:2").name, Ref("app:2"));
}

TEST_F(FindImageTest, ANameThatLooksLikeAnIdIsAName) {
  const oci::Descriptor image = Add({"abcd:latest"}, "{}");
  EXPECT_TRUE(FindImage(store_, "abcd").name);
  EXPECT_EQ(FindImage(store_, "abcd").descriptor, image);
}

TEST_F(FindImageTest, AnAmbiguousIdListsTheImages) {
  // Enough images that two ids begin with the same four digits, whatever SHA-256 makes of them.
  std::map<std::string, std::string> seen;
  for (int i = 0; i < 100000; ++i) {
    const std::string config = std::to_string(i);
    const std::string prefix = oci::Digest::OfText(config).hex().substr(0, 4);
    const auto [other, is_new] = seen.emplace(prefix, config);
    if (is_new) continue;
    Add({"first:1"}, other->second);
    Add({"second:1"}, config);
    const Error error = ErrorOf([&] { FindImage(store_, prefix); });
    EXPECT_EQ(error.kind(), ErrorKind::kInvalidInput);
    EXPECT_NE(error.message().find("first:1"), std::string::npos);
    EXPECT_NE(error.message().find("second:1"), std::string::npos);
    return;
  }
  FAIL() << "no two ids alike";
}

TEST_F(FindImageTest, AnUnknownNameIsAnsweredWithTheNearest) {
  Add({"user/webserver:1"}, "{}");
  const Error error = ErrorOf([&] { FindImage(store_, "user/websrver:1"); });
  EXPECT_EQ(error.kind(), ErrorKind::kNotFound);
  EXPECT_NE(error.hint().find("user/webserver:1"), std::string::npos);
  for (const char* text : {"", "UPPER/case?", "sha256:zz", "../../etc/passwd"}) {
    EXPECT_EQ(ErrorOf([&] { FindImage(store_, text); }).kind(), ErrorKind::kNotFound) << text;
  }
}

}  // namespace
}  // namespace ibuild::layers
