// What a layer may and may not do to a layer directory. The canary stands for the machine: it lies
// beside the directory, and nothing that a layer says may change it.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "layers/apply/layer_applier.h"
#include "layers/diff/whiteout.h"
#include "support/error.h"
#include "tests/layers/tree_fixture.h"

namespace ibuild::layers {
namespace {

namespace fs = std::filesystem;

class ApplyTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const fs::path& layer : {low_, root_}) fs::create_directory(layer);
    PutFile(canary_, "canary", 0640);
  }

  // Whatever a test did, the machine is as it was.
  void TearDown() override {
    struct stat file;
    ASSERT_EQ(::lstat(canary_.c_str(), &file), 0);
    EXPECT_EQ(file.st_mode, S_IFREG | 0640u);
    EXPECT_EQ(file.st_nlink, 1u);
    EXPECT_EQ(file.st_mtim.tv_sec, 1'000'000'000);
    EXPECT_EQ(ReadFile(canary_), "canary");
    EXPECT_EQ(DescribeTree(host_).size(), 1u) << "something was made outside";
  }

  AppliedLayer Apply(const std::string& tar, const ApplyLimits& limits = {}) {
    StringSource source(tar);
    return ApplyLayer(source, root_, LayeredTree({low_}), limits);
  }

  void ExpectRefused(const std::string& tar, ErrorKind kind = ErrorKind::kCorrupt) {
    try {
      Apply(tar);
      ADD_FAILURE() << "the layer was accepted";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), kind) << error.what();
    }
  }

  // Everything but times, which few of these tests are about.
  TreeText Tree() const { return DescribeTree(root_, false); }

  bool IsWhiteoutAt(const fs::path& path) const {
    struct stat file;
    return ::lstat((root_ / path).c_str(), &file) == 0 && IsWhiteout(file);
  }
  bool IsOpaqueAt(const fs::path& path) const {
    return IsOpaque(OpenFile(root_ / path, O_RDONLY | O_DIRECTORY).get(), CurrentOverlaySpace());
  }
  struct stat Stat(const fs::path& path) const {
    struct stat file = {};
    EXPECT_EQ(::lstat((root_ / path).c_str(), &file), 0) << path;
    return file;
  }

  TempDir temp_ = MakeTestDirectory();
  const fs::path host_ = temp_.path() / "host";
  const fs::path canary_ = host_ / "canary";
  const fs::path low_ = temp_.path() / "low";
  const fs::path root_ = temp_.path() / "root";
};

TEST_F(ApplyTest, PlacesEveryKindWithItsMetadata) {
  const std::uint32_t owner = SomeOwner();
  TarHeader file;
  file.name = "usr/f";
  file.mode = 04755;
  file.uid = owner;
  file.gid = owner;
  file.mtime = 1'234'567'890;
  TarHeader fifo;
  fifo.name = "usr/p";
  fifo.type = '6';
  fifo.mode = 0620;
  Apply(RawTar()
            .Directory("usr", 0750)
            .Add(file, "content")
            .Symlink("usr/l", "f")
            .HardLink("usr/h", "usr/f")
            .Add(fifo)
            .End());
  EXPECT_EQ(Stat("usr").st_mode, S_IFDIR | 0750u);
  EXPECT_EQ(Stat("usr").st_mtim.tv_sec, 1'000'000'000);
  EXPECT_EQ(Stat("usr/f").st_mode, S_IFREG | 04755u);
  EXPECT_EQ(Stat("usr/f").st_uid, owner);
  EXPECT_EQ(Stat("usr/f").st_mtim.tv_sec, 1'234'567'890);
  EXPECT_EQ(Stat("usr/f").st_ino, Stat("usr/h").st_ino);
  EXPECT_EQ(fs::read_symlink(root_ / "usr/l"), "f");
  EXPECT_EQ(Stat("usr/l").st_mtim.tv_sec, 1'000'000'000);
  EXPECT_EQ(Stat("usr/p").st_mode, S_IFIFO | 0620u);
}

// --- names ---

TEST_F(ApplyTest, NamesThatClimbLandInside) {
  Apply(RawTar()
            .File("../host/canary", "1")
            .File("/abs", "2")
            .File("a/../../../b", "3")
            .File("./c/./d", "4")
            .End());
  EXPECT_EQ(ReadFile(root_ / "host/canary"), "1");
  EXPECT_EQ(ReadFile(root_ / "abs"), "2");
  EXPECT_EQ(ReadFile(root_ / "b"), "3");
  EXPECT_EQ(ReadFile(root_ / "c/d"), "4");
}

TEST_F(ApplyTest, OverlongNamesAreRefused) {
  ExpectRefused(RawTar().Pax({{"path", std::string(256, 'x')}}).File("x", "").End(),
                ErrorKind::kInvalidInput);
  std::string deep;
  for (int i = 0; i < 10'000; ++i) deep += "d/";
  ExpectRefused(RawTar().Pax({{"path", deep + "f"}}).File("x", "").End());
  ExpectRefused(RawTar().Pax({{"path", deep}}).Directory("x").End());
}

TEST_F(ApplyTest, TheRootTakesMetadataOnlyFromADirectory) {
  Apply(RawTar().Directory("./", 01777).End());
  struct stat file;
  ASSERT_EQ(::stat(root_.c_str(), &file), 0);
  EXPECT_EQ(file.st_mode, S_IFDIR | 01777u);
  EXPECT_EQ(file.st_mtim.tv_sec, 1'000'000'000);
  ExpectRefused(RawTar().Symlink(".", canary_).End());
  ExpectRefused(RawTar().File("/", "x").End());
  ExpectRefused(RawTar().HardLink("./", "x").End());
  ExpectRefused(RawTar().File("a/..", "x").End());
}

// --- symbolic links ---

TEST_F(ApplyTest, LinksOnTheWayAreFollowedInsideTheRoot) {
  Apply(
      RawTar().Symlink("d", host_).File("d/f", "1").Symlink("up", "../..").File("up/g", "2").End());
  EXPECT_EQ(ReadFile(root_ / fs::path(host_).relative_path() / "f"), "1");
  EXPECT_EQ(ReadFile(root_ / "g"), "2");
}

TEST_F(ApplyTest, LinkLoopsAreRefused) {
  ExpectRefused(RawTar().Symlink("a", "b").Symlink("b", "a").File("a/f", "1").End());
  ExpectRefused(RawTar().Symlink("s", "s/s").File("s/f", "1").End());
}

TEST_F(ApplyTest, TheLastElementIsNeverFollowed) {
  Apply(RawTar()
            .Symlink("f", canary_)
            .File("f", "mine", 0777)
            .Symlink("d", host_)
            .Directory("d", 0700)
            .Symlink("l", canary_)
            .Symlink("l", "elsewhere")
            .End());
  EXPECT_EQ(ReadFile(root_ / "f"), "mine");
  EXPECT_TRUE(S_ISDIR(Stat("d").st_mode));
  EXPECT_EQ(fs::read_symlink(root_ / "l"), "elsewhere");
}

// A directory's time is set at the end, when its name may lead elsewhere.
TEST_F(ApplyTest, TimesOfReplacedDirectoriesAreForgotten) {
  Apply(RawTar().Directory("d").File("d/e/f", "1").Symlink("d", host_).End());
  EXPECT_EQ(fs::read_symlink(root_ / "d"), host_);
}

TEST_F(ApplyTest, WhatWasKnownOfALinkIsForgottenWhenItChanges) {
  Apply(RawTar().Symlink("l", "one").File("l/f", "1").Symlink("l", "two").File("l/f", "2").End());
  EXPECT_EQ(ReadFile(root_ / "one/f"), "1");
  EXPECT_EQ(ReadFile(root_ / "two/f"), "2");
}

TEST_F(ApplyTest, DotDotInALinkStartsAtTheLinksDirectory) {
  Apply(RawTar()
            .Directory("a")
            .Directory("a/b")
            .File("a/b/x", "0")
            .Symlink("a/b/l", "../c")
            .File("a/b/l/f", "1")
            .End());
  EXPECT_EQ(ReadFile(root_ / "a/c/f"), "1");
}

// --- hard links ---

TEST_F(ApplyTest, HardLinksStayInside) {
  ExpectRefused(RawTar().HardLink("h", canary_).End());
  ExpectRefused(RawTar().HardLink("h", "../host/canary").End());
  ExpectRefused(RawTar().Symlink("d", host_).HardLink("h", "d/canary").End());
}

TEST_F(ApplyTest, AHardLinkToALinkIsTheLinkItself) {
  Apply(RawTar().Symlink("l", canary_).HardLink("h", "l").File("h/../x", "").End());
  EXPECT_EQ(fs::read_symlink(root_ / "h"), canary_);
  EXPECT_EQ(Stat("h").st_ino, Stat("l").st_ino);
}

TEST_F(ApplyTest, HardLinksToWhatIsNoFileAreRefused) {
  ExpectRefused(RawTar().HardLink("h", "later").File("later", "").End());
  ExpectRefused(RawTar().Directory("d").HardLink("h", "d").End());
  ExpectRefused(RawTar().File("x", "").HardLink("h", "").End());
  ExpectRefused(RawTar().File("x", "").HardLink("x", "x").End());
  PutFile(low_ / "gone", "1");
  ExpectRefused(RawTar().File(".wh.gone", "").HardLink("h", "gone").End());
}

TEST_F(ApplyTest, AHardLinkToAFileBelowCopiesItUp) {
  PutFile(low_ / "d/f", "below", 0600);
  const AppliedLayer applied = Apply(RawTar().HardLink("h", "d/f").End());
  EXPECT_TRUE(applied.depends_on_lower);
  EXPECT_EQ(ReadFile(root_ / "h"), "below");
  EXPECT_EQ(Stat("h").st_ino, Stat("d/f").st_ino);
  EXPECT_EQ(Stat("h").st_mode, S_IFREG | 0600u);
}

TEST_F(ApplyTest, AHardLinkReplacesWhatIsThere) {
  Apply(RawTar().File("a", "1").File("b/c", "2").HardLink("b", "a").End());
  EXPECT_EQ(ReadFile(root_ / "b"), "1");
}

// --- the same name again ---

TEST_F(ApplyTest, TheLastMemberOfANameWins) {
  Apply(RawTar()
            .File("f", "1")
            .File("f", "2")
            .File("d/x", "1")
            .File("d", "file")
            .Directory("d")
            .File("d/y", "2")
            .Directory("d", 0700)
            .End());
  EXPECT_EQ(ReadFile(root_ / "f"), "2");
  EXPECT_EQ(Tree().count("d/x"), 0u);
  EXPECT_EQ(ReadFile(root_ / "d/y"), "2");
  EXPECT_EQ(Stat("d").st_mode, S_IFDIR | 0700u);
  EXPECT_TRUE(IsOpaqueAt("d")) << "what lay below the file must not come back";
}

TEST_F(ApplyTest, AFileIsNoParent) {
  ExpectRefused(RawTar().File("f", "1").File("f/g", "2").End());
  PutFile(low_ / "below", "1");
  ExpectRefused(RawTar().File("below/g", "2").End());
}

// --- parents ---

TEST_F(ApplyTest, MissingParentsTakeTheirMetadataFromBelow) {
  PutDirectory(low_ / "p", 0710);
  ASSERT_EQ(::chown((low_ / "p").c_str(), SomeOwner(), SomeOwner()), 0);
  ASSERT_EQ(::setxattr((low_ / "p").c_str(), "user.k", "v", 1, 0), 0);
  SetTime(low_ / "p", 1'111'111'111);
  const AppliedLayer applied = Apply(RawTar().File("p/new/f", "1").End());
  EXPECT_TRUE(applied.depends_on_lower);
  EXPECT_EQ(Stat("p").st_mode, S_IFDIR | 0710u);
  EXPECT_EQ(Stat("p").st_uid, SomeOwner());
  EXPECT_EQ(Stat("p").st_mtim.tv_sec, 1'111'111'111);
  char value = 0;
  EXPECT_EQ(::getxattr((root_ / "p").c_str(), "user.k", &value, 1), 1);
  EXPECT_EQ(Stat("p/new").st_mode, S_IFDIR | 0755u);
  EXPECT_EQ(Stat("p/new").st_uid, 0u);
}

TEST_F(ApplyTest, AParentThatIsALinkBelowIsFollowed) {
  PutDirectory(low_ / "usr/lib");
  PutLink(low_ / "lib", "usr/lib");
  const AppliedLayer applied = Apply(RawTar().File("lib/x", "1").End());
  EXPECT_TRUE(applied.depends_on_lower);
  EXPECT_EQ(ReadFile(root_ / "usr/lib/x"), "1");
  EXPECT_FALSE(fs::exists(fs::symlink_status(root_ / "lib")));
}

TEST_F(ApplyTest, ALayerWithAllItsParentsDependsOnNothing) {
  PutDirectory(low_ / "d", 0700);
  const AppliedLayer applied = Apply(RawTar().Directory("d").File("d/f", "1").End());
  EXPECT_FALSE(applied.depends_on_lower);
}

// --- whiteouts ---

TEST_F(ApplyTest, WhiteoutsBecomeOverlayfsOnes) {
  PutFile(low_ / "d/f", "1");
  Apply(RawTar().Directory("d").File("d/.wh.f", "").File(".wh.never-there", "").End());
  EXPECT_TRUE(IsWhiteoutAt("d/f"));
  EXPECT_TRUE(IsWhiteoutAt("never-there"));
}

TEST_F(ApplyTest, WhiteoutsOfNothingAreRefused) {
  for (const char* name : {".wh.", ".wh..", ".wh...", "d/.wh.", "d/.wh..", ".wh.x/f"}) {
    ExpectRefused(RawTar().File(name, "").End());
  }
}

TEST_F(ApplyTest, BookkeepingOfAufsIsIgnored) {
  Apply(RawTar()
            .File(".wh..wh.aufs", "")
            .Directory(".wh..wh.plnk")
            .File(".wh..wh.plnk/1.2", "x")
            .File(".wh..wh.", "")
            .End());
  EXPECT_TRUE(Tree().empty());
}

TEST_F(ApplyTest, AWhiteoutHidesOnlyWhatIsBelow) {
  PutFile(low_ / "d/old", "1");
  PutFile(low_ / "f", "1");
  Apply(RawTar()
            .File("f", "mine")
            .File(".wh.f", "")
            .Directory("d")
            .File("d/new", "mine")
            .File(".wh.d", "")
            .End());
  EXPECT_EQ(ReadFile(root_ / "f"), "mine");
  EXPECT_EQ(ReadFile(root_ / "d/new"), "mine");
  EXPECT_TRUE(IsOpaqueAt("d"));
}

TEST_F(ApplyTest, WhiteoutThenTheSameNameAgain) {
  PutFile(low_ / "d/old", "1");
  PutFile(low_ / "e/old", "1");
  Apply(RawTar()
            .File(".wh.d", "")
            .Directory("d")
            .File("d/new", "2")
            .File(".wh.e", "")
            .File("e/new", "2")
            .File(".wh.f", "")
            .File("f", "3")
            .End());
  EXPECT_TRUE(IsOpaqueAt("d"));
  EXPECT_TRUE(IsOpaqueAt("e"));
  EXPECT_EQ(ReadFile(root_ / "f"), "3");
}

TEST_F(ApplyTest, OpaqueAfterItsChildrenKeepsThem) {
  PutFile(low_ / "d/old", "1");
  Apply(RawTar().Directory("d").File("d/new", "2").File("d/.wh..wh..opq", "").End());
  EXPECT_TRUE(IsOpaqueAt("d"));
  EXPECT_EQ(ReadFile(root_ / "d/new"), "2");
}

TEST_F(ApplyTest, BelowAnOpaqueDirectoryNothingIsTakenFromTheLayersUnderIt) {
  PutDirectory(low_ / "d/sub", 0700);
  Apply(RawTar().Directory("d").File("d/.wh..wh..opq", "").File("d/sub/f", "1").End());
  EXPECT_EQ(Stat("d/sub").st_mode, S_IFDIR | 0755u);
}

TEST_F(ApplyTest, AnOpaqueRootIsSpelledOut) {
  PutFile(low_ / "gone", "1");
  PutFile(low_ / "d/gone", "1");
  const AppliedLayer applied = Apply(RawTar().File(".wh..wh..opq", "").File("d/new", "2").End());
  EXPECT_TRUE(applied.depends_on_lower);
  EXPECT_TRUE(IsWhiteoutAt("gone"));
  EXPECT_TRUE(IsOpaqueAt("d"));
}

// --- devices and attributes ---

TEST_F(ApplyTest, AForgedWhiteoutIsRefused) {
  TarHeader device;
  device.name = "f";
  device.type = '3';
  ExpectRefused(RawTar().Add(device).End());
}

TEST_F(ApplyTest, AttributesThatOverlayfsOrWeWouldActOnAreDropped) {
  Apply(RawTar()
            .Pax({{"SCHILY.xattr.trusted.overlay.opaque", "y"},
                  {"SCHILY.xattr.user.overlay.opaque", "y"},
                  {"SCHILY.xattr.trusted.overlay.redirect", "/etc"},
                  {"SCHILY.xattr.user.ibuild.device", "c 1 3 666"},
                  {"SCHILY.xattr.security.selinux", "x"},
                  {"SCHILY.xattr.system.posix_acl_access", "x"},
                  {"SCHILY.xattr.user.kept", std::string("a\0b", 3)}})
            .Directory("d")
            .End());
  char names[512];
  const ssize_t size = ::listxattr((root_ / "d").c_str(), names, sizeof names);
  ASSERT_GE(size, 0);
  EXPECT_EQ(std::string(names, static_cast<std::size_t>(size)), std::string("user.kept\0", 10));
}

TEST_F(ApplyTest, SetIdBitsAndCapabilitiesSurviveTheChangeOfOwner) {
  const std::string capability("\x01\0\0\x02\0\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20);
  TarHeader file;
  file.name = "f";
  file.mode = 06755;
  file.uid = SomeOwner();
  Apply(RawTar().Pax({{"SCHILY.xattr.security.capability", capability}}).Add(file, "x").End());
  EXPECT_EQ(Stat("f").st_mode, S_IFREG | 06755u);
  char value[64];
  ASSERT_EQ(::getxattr((root_ / "f").c_str(), "security.capability", value, sizeof value), 20);
  EXPECT_EQ(std::string(value, 20), capability);
}

// --- limits and damage ---

TEST_F(ApplyTest, MoreMembersThanAllowed) {
  RawTar tar;
  for (int i = 0; i < 11; ++i) tar.Directory("d" + std::to_string(i));
  EXPECT_NO_THROW(Apply(tar.End(), {.entries = 11}));
  try {
    Apply(tar.End(), {.entries = 10});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kResourceExhausted);
  }
}

TEST_F(ApplyTest, MoreBytesThanAllowedFailBeforeAnyIsWritten) {
  const std::string tar =
      RawTar().File("a", "12345").Pax({{"size", "900000000000"}}).File("b", "").End();
  try {
    Apply(tar, {.bytes = 1 << 30});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kResourceExhausted);
  }
  EXPECT_FALSE(fs::exists(root_ / "b"));
}

TEST_F(ApplyTest, OwnersThatAreNoneAreRefused) {
  ExpectRefused(RawTar().Pax({{"uid", "4294967295"}}).File("f", "").End());
  ExpectRefused(RawTar().Pax({{"gid", "-1"}}).File("f", "").End());
}

TEST_F(ApplyTest, CutAnywhereIsDamage) {
  const std::string tar = RawTar().File("a", "12345").Pax({{"path", "b"}}).File("x", "6").End();
  const std::size_t ends[] = {512 + 100, 1024 + 512, 1024 + 1024, 1024 + 1024 + 512 + 3};
  for (const std::size_t end : ends) ExpectRefused(tar.substr(0, end));
  EXPECT_NO_THROW(Apply(tar.substr(0, tar.size() - 1024))) << "the closing blocks are optional";
}

TEST_F(ApplyTest, OnlyZerosMayFollowTheEnd) {
  const std::string tar = RawTar().File("a", "1").End();
  EXPECT_NO_THROW(Apply(tar + std::string(9000, '\0')));
  ExpectRefused(tar + "x");
  ExpectRefused(tar + RawTar().File("b", "2").End());
}

TEST_F(ApplyTest, TheDigestIsOfAllBytesRead) {
  const std::string tar = RawTar().File("a", "1").End() + std::string(7168, '\0');
  const AppliedLayer applied = Apply(tar);
  EXPECT_EQ(applied.diff_id.digest, oci::Digest::OfText(tar));
  EXPECT_EQ(applied.tar_size, tar.size());
}

TEST_F(ApplyTest, ManyDirectoriesKeepTheirTimes) {
  RawTar tar;
  for (int i = 0; i < 1'300; ++i) {
    tar.Directory("d" + std::to_string(i % 7) + "/" + std::to_string(i));
    tar.File("d" + std::to_string(i % 7) + "/" + std::to_string(i) + "/f", "");
  }
  Apply(tar.End());
  EXPECT_EQ(Stat("d0/0").st_mtim.tv_sec, 1'000'000'000);
  EXPECT_EQ(Stat("d4/1299").st_mtim.tv_sec, 1'000'000'000);
}

}  // namespace
}  // namespace ibuild::layers
