// The two spellings of "gone".
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "layers/diff/whiteout.h"
#include "tests/layers/tree_fixture.h"

namespace ibuild::layers {
namespace {

TEST(WhiteoutNames, AreToldApart) {
  using Kind = WhiteoutNameKind;
  EXPECT_EQ(ParseWhiteoutName("file").kind, Kind::kNone);
  EXPECT_EQ(ParseWhiteoutName(".wh").kind, Kind::kNone);
  EXPECT_EQ(ParseWhiteoutName("a.wh.b").kind, Kind::kNone);
  EXPECT_EQ(ParseWhiteoutName(".wh.file").kind, Kind::kHides);
  EXPECT_EQ(ParseWhiteoutName(".wh.file").hidden, "file");
  EXPECT_EQ(ParseWhiteoutName(".wh..hidden").hidden, ".hidden");
  EXPECT_EQ(ParseWhiteoutName(".wh....").hidden, "...");
  EXPECT_EQ(ParseWhiteoutName(".wh..wh..opq").kind, Kind::kOpaque);
  EXPECT_EQ(ParseWhiteoutName(".wh..wh.plnk").kind, Kind::kIgnored);
  for (const char* name : {".wh.", ".wh..", ".wh..."}) {
    EXPECT_EQ(ParseWhiteoutName(name).kind, Kind::kInvalid) << name;
  }
}

TEST(Whiteouts, AreDevicesOfNumberZero) {
  struct stat file = {};
  file.st_mode = S_IFCHR;
  EXPECT_TRUE(IsWhiteout(file));
  file.st_rdev = makedev(1, 3);
  EXPECT_FALSE(IsWhiteout(file));
  file = {};
  file.st_mode = S_IFBLK;
  EXPECT_FALSE(IsWhiteout(file));
}

TEST(OpaqueMarks, CountInOneSpaceOnly) {
  const TempDir directory = MakeTestDirectory();
  const UniqueFd fd = OpenFile(directory.path(), O_RDONLY | O_DIRECTORY);
  EXPECT_FALSE(IsOpaque(fd.get(), CurrentOverlaySpace()));
  ASSERT_EQ(::fsetxattr(fd.get(), "user.overlay.opaque", "y", 1, 0), 0);
  EXPECT_TRUE(IsOpaque(fd.get(), OverlaySpace::kUser));
  EXPECT_FALSE(IsOpaque(fd.get(), OverlaySpace::kTrusted));
  ASSERT_EQ(::fsetxattr(fd.get(), "user.overlay.opaque", "n", 1, 0), 0);
  EXPECT_FALSE(IsOpaque(fd.get(), OverlaySpace::kUser));
}

}  // namespace
}  // namespace ibuild::layers
