// An image's files, flattened.
#include <sys/sysmacros.h>

#include "layers/archive/rootfs_export.h"
#include "layers/tar/reader.h"
#include "tests/layers/image_fixture.h"

namespace ibuild::layers {
namespace {

using std::filesystem::path;

class RootfsTest : public ImageTest {
 protected:
  // A base with a bit of everything, and a layer that changes, adds and removes.
  RootfsTest() {
    layers_.push_back(Commit([](const path& upper) {
      MakeDirectories(upper / "etc");
      WriteFileAtomically(upper / "etc/passwd", "root");
      WriteFileAtomically(upper / "etc/gone", "x");
      WriteFileAtomically(upper / "tool", "#!", 04755);
      std::filesystem::create_hard_link(upper / "tool", upper / "tool2");
      std::filesystem::create_symlink("/etc/passwd", upper / "link");
      EXPECT_EQ(::mkfifo((upper / "pipe").c_str(), 0640), 0);
      MakeDirectories(upper / "sealed");
      WriteFileAtomically(upper / "sealed/file", "inside", 0400);
      EXPECT_EQ(::chmod((upper / "sealed").c_str(), 0500), 0);
    }));
    layers_.push_back(Commit([](const path& upper) {
      MakeDirectories(upper / "etc");
      WriteFileAtomically(upper / "etc/passwd", "root and more");
      EXPECT_EQ(::mknod((upper / "etc/gone").c_str(), S_IFCHR, makedev(0, 0)), 0);
    }));
  }

  oci::DiffId Commit(const std::function<void(const path&)>& fill) {
    StagedLayer staged = store_.layer_directories().Stage();
    fill(staged.upper());
    NullSink sink;
    const PackedLayer packed = PackDirectory(staged.upper(), {.latest_mtime = 1000}, sink);
    store_.layer_directories().Commit(std::move(staged), packed);
    return packed.diff_id;
  }

  Store store_ = Open();
  std::vector<oci::DiffId> layers_;
};

TEST_F(RootfsTest, TheTarHasTheMergedFilesWithTheirLinks) {
  StringSink sink;
  WriteRootfsTar(store_, {{.layers = layers_}}, sink);
  StringSource source(sink.text());
  TarReader reader(source);
  std::string list;
  while (const auto entry = reader.Next()) {
    list += entry->name;
    if (entry->is_hard_link) list += " = " + entry->hard_link;
    if (entry->meta.type == FileType::kSymlink) list += " -> " + entry->meta.link_target;
    if (entry->name == "etc/passwd") list += ": " + ReadToString(reader.content(), 100);
    list += "\n";
  }
  EXPECT_EQ(list,
            "etc\netc/passwd: root and more\nlink -> /etc/passwd\npipe\nsealed\nsealed/file\ntool\n"
            "tool2 = tool\n");
}

TEST_F(RootfsTest, SeveralImagesOfOneTarHaveDirectoriesOfTheirOwn) {
  const std::vector<oci::DiffId> other = {
      Commit([](const path& upper) { WriteFileAtomically(upper / "tool", "another"); })};
  StringSink sink;
  WriteRootfsTar(store_, {{other, "linux_amd64"}, {{layers_[0]}, "linux_arm64"}}, sink);
  StringSource source(sink.text());
  TarReader reader(source);
  std::string list;
  while (const auto entry = reader.Next()) {
    if (entry->name.find("tool") == std::string::npos && entry->name.find('/') < 99) continue;
    list += entry->name + (entry->is_hard_link ? " = " + entry->hard_link : "") + "\n";
  }
  EXPECT_EQ(list,
            "linux_amd64\nlinux_amd64/tool\nlinux_arm64\nlinux_arm64/tool\n"
            "linux_arm64/tool2 = linux_arm64/tool\n");
}

TEST_F(RootfsTest, CollisionsAreFilesOfTheSameNameAndNotDirectories) {
  const std::vector<oci::DiffId> other = {Commit([](const path& upper) {
    MakeDirectories(upper / "etc");
    WriteFileAtomically(upper / "etc/hosts", "x");
  })};
  EXPECT_EQ(FindCollision(store_, layers_, other), std::nullopt);
  const std::vector<oci::DiffId> same = {
      Commit([](const path& upper) { MakeDirectories(upper / "tool"); })};
  EXPECT_EQ(FindCollision(store_, layers_, same), CleanPath::Parse("tool"));
}

TEST_F(RootfsTest, TheDirectoryBelongsToTheCaller) {
  const path out = scratch() / "out";
  WriteRootfsDirectory(store_, layers_, out);
  EXPECT_EQ(ReadFile(out / "etc/passwd"), "root and more");
  EXPECT_FALSE(std::filesystem::exists(out / "etc/gone"));
  EXPECT_EQ(std::filesystem::read_symlink(out / "link"), "/etc/passwd");
  EXPECT_EQ(ReadFile(out / "sealed/file"), "inside");
  struct stat tool;
  struct stat sealed;
  ASSERT_EQ(::stat((out / "tool").c_str(), &tool), 0);
  ASSERT_EQ(::stat((out / "sealed").c_str(), &sealed), 0);
  EXPECT_EQ(tool.st_mode & 07777, 0755u);  // no set-id: the owner is another
  EXPECT_EQ(tool.st_nlink, 2u);
  EXPECT_EQ(tool.st_uid, ::geteuid());
  EXPECT_EQ(sealed.st_mode & 07777, 0500u);
}

TEST_F(RootfsTest, WhatIsInTheWayIsReplacedAndTheRestStays) {
  const path out = scratch() / "out";
  MakeDirectories(out);
  WriteFileAtomically(out / "mine", "stays");
  WriteFileAtomically(out / "tool", "is replaced");
  MakeDirectories(scratch() / "elsewhere");
  std::filesystem::create_symlink(scratch() / "elsewhere", out / "etc");
  WriteRootfsDirectory(store_, layers_, out);
  WriteRootfsDirectory(store_, layers_, out);
  EXPECT_EQ(ReadFile(out / "mine"), "stays");
  EXPECT_EQ(ReadFile(out / "tool"), "#!");
  EXPECT_EQ(CountEntries(scratch() / "elsewhere"), 0u);
  EXPECT_EQ(ReadFile(out / "etc/passwd"), "root and more");
}

TEST_F(RootfsTest, LayersThatAreNotUnpackedAreNotFound) {
  layers_.push_back({oci::Digest::OfText("missing")});
  NullSink sink;
  EXPECT_EQ(ErrorOf([&] { WriteRootfsTar(store_, {{.layers = layers_}}, sink); }).kind(),
            ErrorKind::kNotFound);
}

}  // namespace
}  // namespace ibuild::layers
