// Archives out and in again, and archives that want to do harm.
#include "layers/archive/image_archive.h"
#include "layers/archive/import_archive.h"
#include "layers/archive/make_exportable.h"
#include "layers/snapshot/unpack_image.h"
#include "layers/tar/reader.h"
#include "support/json.h"
#include "tests/layers/image_fixture.h"

namespace ibuild::layers {
namespace {

using std::filesystem::path;

class ArchiveTest : public ImageTest {
 protected:
  ArchiveTest()
      : image_(BuildImage(store_, {{{"a", "first"}}, {{"b", "second"}}})),
        exported_(MakeExportable(store_, image_.descriptor, {}, reporter_)) {}

  std::string Archive(ArchiveKind kind, const std::vector<oci::Reference>& names) {
    StringSink sink;
    WriteArchive(store_.blobs(), kind, {{exported_, names}}, sink);
    return sink.text();
  }

  path WriteFileHere(const std::string& content) const {
    const path file = scratch() / "archive.tar";
    WriteFileAtomically(file, content);
    return file;
  }

  Store Fresh() const { return Store::Open(scratch() / ("store-" + RandomHex())); }

  Store store_ = Open();
  SilentReporter reporter_;
  TestImage image_;
  oci::Descriptor exported_;
};

// "0755 blobs/", "0444 blobs/sha256/…", one line a member, digests shortened to what they are.
std::string ListMembers(const std::string& tar) {
  StringSource source(tar);
  TarReader reader(source);
  std::string list;
  while (const auto entry = reader.Next()) {
    EXPECT_EQ(entry->meta.uid + entry->meta.gid, 0u);
    EXPECT_EQ(entry->meta.mtime, UnixTime{});
    char mode[8];
    std::snprintf(mode, sizeof mode, "%04o ", entry->meta.mode);
    const bool is_blob = entry->name.size() == std::string("blobs/sha256/").size() + 64;
    list += mode + (is_blob ? "blobs/sha256/<digest>" : entry->name) + "\n";
  }
  return list;
}

std::string MemberText(const std::string& tar, const std::string& name) {
  StringSource source(tar);
  TarReader reader(source);
  while (const auto entry = reader.Next()) {
    if (entry->name == name) return ReadToString(reader.content(), 1u << 20);
  }
  ADD_FAILURE() << "no " << name;
  return "{}";
}

TEST_F(ArchiveTest, AnOciArchiveHasTheMembersOfTheSpecInOrder) {
  EXPECT_EQ(ListMembers(Archive(ArchiveKind::kOci, {Ref("user/app:v1")})),
            "0755 blobs\n0755 blobs/sha256\n"
            "0444 blobs/sha256/<digest>\n0444 blobs/sha256/<digest>\n"
            "0444 blobs/sha256/<digest>\n0444 blobs/sha256/<digest>\n"
            "0644 index.json\n0444 oci-layout\n");
}

TEST_F(ArchiveTest, ItsIndexCarriesTheNamesThatToolsLookFor) {
  const std::string tar = Archive(ArchiveKind::kOci, {Ref("user/app:v1"), Ref("other:2")});
  const Json index = ParseJson(MemberText(tar, "index.json"), "index");
  ASSERT_EQ(index["manifests"].size(), 2u);
  const Json& annotations = index["manifests"][0]["annotations"];
  EXPECT_EQ(annotations["io.containerd.image.name"], "docker.io/user/app:v1");
  EXPECT_EQ(annotations["org.opencontainers.image.ref.name"], "v1");
  EXPECT_EQ(annotations["org.opencontainers.image.created"], "2026-11-23T04:42:03Z");
  EXPECT_EQ(MemberText(tar, "oci-layout"), R"({"imageLayoutVersion":"1.0.0"})");
}

TEST_F(ArchiveTest, ADockerArchiveHasManifestJson) {
  const std::string tar = Archive(ArchiveKind::kDocker, {Ref("s1/x:1"), Ref("y:2")});
  const Json manifest = ParseJson(MemberText(tar, "manifest.json"), "manifest");
  ASSERT_EQ(manifest.size(), 1u);
  EXPECT_EQ(manifest[0]["Config"], "blobs/sha256/" + image_.manifest.config.digest.hex());
  EXPECT_EQ(manifest[0]["RepoTags"], (Json{"s1/x:1", "y:2"}));
  EXPECT_EQ(manifest[0]["Layers"].size(), 2u);
  const std::string unnamed = MemberText(Archive(ArchiveKind::kDocker, {}), "manifest.json");
  EXPECT_TRUE(ParseJson(unnamed, "manifest")[0]["RepoTags"].is_null());
}

TEST_F(ArchiveTest, EqualImagesGiveEqualArchives) {
  EXPECT_EQ(Archive(ArchiveKind::kDocker, {Ref("a")}), Archive(ArchiveKind::kDocker, {Ref("a")}));
}

TEST_F(ArchiveTest, AnIndexIsNoDockerArchive) {
  exported_ = PutText(store_.blobs(), oci::kOciIndex,
                      Serialize(oci::Index{std::string(oci::kOciIndex), {}, {exported_}, {}, {}}));
  EXPECT_EQ(ErrorOf([&] { Archive(ArchiveKind::kDocker, {}); }).kind(), ErrorKind::kUnsupported);
  EXPECT_FALSE(Archive(ArchiveKind::kOci, {}).empty());
}

TEST_F(ArchiveTest, PlainLayersAreWrittenFromTheirDirectories) {
  exported_ = image_.descriptor;
  const std::string tar = Archive(ArchiveKind::kOci, {});
  const std::string layer =
      MemberText(tar, "blobs/sha256/" + image_.config.diff_ids[0].digest.hex());
  EXPECT_EQ(oci::Digest::OfText(layer), image_.config.diff_ids[0].digest);
}

TEST_F(ArchiveTest, BothKindsComeBackAsTarAndAsDirectory) {
  const std::vector<oci::Reference> names = {Ref("user/app:v1"), Ref("user/app:v2")};
  for (const ArchiveKind kind : {ArchiveKind::kOci, ArchiveKind::kDocker}) {
    const path directory = scratch() / ("layout-" + RandomHex());
    WriteLayoutDirectory(store_.blobs(), kind, {exported_, names}, directory);
    for (const path& place : {WriteFileHere(Archive(kind, names)), directory}) {
      Store fresh = Fresh();
      const auto images = ImportArchive(fresh, place, reporter_);
      ASSERT_EQ(images.size(), 1u);
      EXPECT_EQ(images[0].descriptor.digest, exported_.digest);
      EXPECT_EQ(images[0].names, names);
      EXPECT_EQ(fresh.names().Find(names[1])->digest, exported_.digest);
      EXPECT_EQ(CountEntries(fresh.layout().ingest()), 0u);
      const auto stack =
          UnpackImage(fresh, ReadManifest(fresh, exported_), image_.config, reporter_);
      EXPECT_EQ(ReadFile(stack[1] / "b"), "second");
    }
  }
}

TEST_F(ArchiveTest, ALayoutDirectoryGainsImages) {
  const path directory = scratch() / "layout";
  WriteLayoutDirectory(store_.blobs(), ArchiveKind::kOci, {exported_, {Ref("a:1")}}, directory);
  WriteLayoutDirectory(store_.blobs(), ArchiveKind::kOci, {exported_, {Ref("b:1")}}, directory);
  WriteLayoutDirectory(store_.blobs(), ArchiveKind::kOci, {exported_, {Ref("a:1")}}, directory);
  Store fresh = Fresh();
  EXPECT_EQ(ImportArchive(fresh, directory, reporter_).at(0).names.size(), 2u);
}

// What `docker save` wrote for years: no index, layers as <id>/layer.tar, some of them links.
TEST_F(ArchiveTest, AnOldDockerArchiveComesIn) {
  const std::string layer = MakeTar({{"hello", "world"}});
  oci::ImageConfig config;
  config.platform.architecture = "amd64";
  config.diff_ids = {{oci::Digest::OfText(layer)}, {oci::Digest::OfText(layer)}};
  StringSink sink;
  TarWriter tar(sink);
  const auto add = [&](const std::string& name, const std::string& text) {
    TarEntry entry;
    entry.name = name;
    entry.meta.mode = 0644;
    entry.meta.size = text.size();
    StringSource content(text);
    tar.Add(entry, content);
  };
  TarEntry link;
  link.name = "bbbb/layer.tar";
  link.meta.type = FileType::kSymlink;
  link.meta.link_target = "../aaaa/layer.tar";
  tar.Add(link);
  add("aaaa/layer.tar", layer);
  add("cafe.json", Serialize(config));
  add("manifest.json",
      R"([{"Config":"cafe.json","RepoTags":["old:1"],"Layers":["aaaa/layer.tar","bbbb/layer.tar"]}])");
  tar.Finish();
  Store fresh = Fresh();
  const auto images = ImportArchive(fresh, WriteFileHere(sink.text()), reporter_);
  ASSERT_EQ(images.size(), 1u);
  EXPECT_EQ(images[0].names, std::vector{Ref("old:1")});
  const oci::Manifest manifest = ReadManifest(fresh, images[0].descriptor);
  EXPECT_EQ(manifest.layers[1].digest.hex(), oci::Digest::OfText(layer).hex());
  EXPECT_EQ(ReadFile(UnpackImage(fresh, manifest, config, reporter_).at(0) / "hello"), "world");
}

struct Hostile {
  const char* what;
  Files files;
};

class HostileArchiveTest : public ArchiveTest, public testing::WithParamInterface<Hostile> {};

TEST_P(HostileArchiveTest, IsRefusedAndLeavesNothing) {
  // Both ways in: as a tar and as a directory.
  const path directory = scratch() / "layout";
  for (const auto& [name, text] : GetParam().files) {
    MakeDirectories((directory / name).parent_path());
    WriteFileAtomically(directory / name, text);
  }
  WriteFileAtomically(scratch() / "secret", "{}");
  for (const path& place : {WriteFileHere(MakeTar(GetParam().files)), directory}) {
    Store fresh = Fresh();
    EXPECT_THROW(ImportArchive(fresh, place, reporter_), Error) << GetParam().what;
    EXPECT_TRUE(fresh.names().List().empty());
    EXPECT_EQ(CountEntries(fresh.layout().ingest()), 0u);
  }
}

std::string IndexWith(const std::string& digest) {
  return R"({"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":")" +
         digest + R"(","size":2}]})";
}

const std::string kEmptyDigest = oci::Digest::OfText("{}").hex();

INSTANTIATE_TEST_SUITE_P(
    Archives, HostileArchiveTest,
    testing::Values(
        Hostile{"nothing at all", {{"readme", "hello"}}}, Hostile{"no JSON", {{"index.json", "{"}}},
        Hostile{"a config outside", {{"manifest.json", R"([{"Config":"../secret","Layers":[]}])"}}},
        Hostile{"a config far outside",
                {{"manifest.json", R"([{"Config":"../../../../etc/passwd","Layers":[]}])"}}},
        Hostile{"an absolute config",
                {{"manifest.json", R"([{"Config":"/etc/passwd","Layers":[]}])"}}},
        Hostile{
            "a climbing layer",
            {{"manifest.json", R"([{"Config":"c.json","Layers":["a/../../secret"]}])"},
             {"c.json",
              R"({"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":["sha256:)" +
                  kEmptyDigest + R"("]}})"}}},
        Hostile{"a missing config", {{"manifest.json", R"([{"Config":"c.json","Layers":[]}])"}}},
        Hostile{"an empty config name", {{"manifest.json", R"([{"Config":"","Layers":[]}])"}}},
        Hostile{
            "a layer the config does not promise",
            {{"manifest.json", R"([{"Config":"c.json","Layers":["l.tar"]}])"},
             {"l.tar", "not what is promised"},
             {"c.json",
              R"({"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":["sha256:)" +
                  kEmptyDigest + R"("]}})"}}},
        Hostile{
            "more layers than promised",
            {{"manifest.json", R"([{"Config":"c.json","Layers":["l.tar"]}])"},
             {"l.tar", "x"},
             {"c.json",
              R"({"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}})"}}},
        Hostile{"a bad tag",
                {{"manifest.json", R"([{"Config":"c.json","RepoTags":["-/:x"],"Layers":[]}])"},
                 {"c.json", "{}"}}},
        Hostile{"a digest that is a path",
                {{"index.json", IndexWith("sha256:../../../etc/passwd")}}},
        Hostile{"a short digest", {{"index.json", IndexWith("sha256:abc")}}},
        Hostile{"another algorithm", {{"index.json", IndexWith("foo:" + kEmptyDigest)}}},
        Hostile{"a manifest that is missing",
                {{"index.json", IndexWith("sha256:" + kEmptyDigest)}}},
        Hostile{"a blob with another content",
                {{"index.json", IndexWith("sha256:" + kEmptyDigest)},
                 {"blobs/sha256/" + kEmptyDigest, "[]"}}},
        Hostile{"a manifest that is none",
                {{"index.json", IndexWith("sha256:" + kEmptyDigest)},
                 {"blobs/sha256/" + kEmptyDigest, "{}"}}}));

TEST_F(ArchiveTest, LinksInALayoutLeadNowhereElse) {
  const oci::Descriptor wanted = oci::DescriptorOf(std::string(oci::kOciManifest), "{}");
  const path secret = scratch() / "secret";
  WriteFileAtomically(secret, "{}");
  const path directory = scratch() / "layout";
  MakeDirectories(directory / "blobs/sha256");
  WriteFileAtomically(directory / "index.json", IndexWith(wanted.digest.ToString()));
  for (const std::string& target : {secret.native(), std::string("../../../secret")}) {
    const path blob = directory / "blobs/sha256" / wanted.digest.hex();
    std::filesystem::remove(blob);
    std::filesystem::create_symlink(target, blob);
    Store fresh = Fresh();
    EXPECT_EQ(ErrorOf([&] { ImportArchive(fresh, directory, reporter_); }).kind(),
              ErrorKind::kCorrupt);
    EXPECT_FALSE(fresh.blobs().Has(wanted.digest));
  }
  ASSERT_EQ(::mkfifo((directory / "manifest.json").c_str(), 0600), 0);
  std::filesystem::remove(directory / "index.json");
  Store fresh = Fresh();
  EXPECT_EQ(ErrorOf([&] { ImportArchive(fresh, directory, reporter_); }).kind(),
            ErrorKind::kInvalidInput);
}

TEST_F(ArchiveTest, LinksInATarThatGoRoundEnd) {
  StringSink sink;
  TarWriter tar(sink);
  for (const auto& [from, to] : Files{{"index.json", "x"}, {"x", "index.json"}}) {
    TarEntry link;
    link.name = from;
    link.meta.type = FileType::kSymlink;
    link.meta.link_target = to;
    tar.Add(link);
  }
  tar.Finish();
  Store fresh = Fresh();
  EXPECT_EQ(ErrorOf([&] { ImportArchive(fresh, WriteFileHere(sink.text()), reporter_); }).kind(),
            ErrorKind::kInvalidInput);
}

TEST_F(ArchiveTest, ACutArchiveIsRefused) {
  const std::string tar = Archive(ArchiveKind::kOci, {Ref("a")});
  for (const std::size_t length :
       {std::size_t{0}, std::size_t{100}, tar.size() / 2, tar.size() - 3000}) {
    Store fresh = Fresh();
    EXPECT_THROW(ImportArchive(fresh, WriteFileHere(tar.substr(0, length)), reporter_), Error);
    EXPECT_TRUE(fresh.names().List().empty());
    EXPECT_EQ(CountEntries(fresh.layout().ingest()), 0u);
  }
}

TEST_F(ArchiveTest, AFileThatIsNoTarIsSaidToBeNone) {
  Store fresh = Fresh();
  const Error error = ErrorOf([&] { ImportArchive(fresh, WriteFileHere("just text"), reporter_); });
  EXPECT_EQ(error.kind(), ErrorKind::kInvalidInput);
  EXPECT_EQ(ErrorOf([&] { ImportArchive(fresh, scratch() / "nowhere", reporter_); }).kind(),
            ErrorKind::kNotFound);
}

}  // namespace
}  // namespace ibuild::layers
