// Devices kept as text: what is written is read, and what is no record is left alone.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "layers/tree/device_record.h"
#include "layers/tree/layered_tree.h"
#include "support/recorded_owner.h"
#include "tests/layers/tree_fixture.h"

namespace ibuild::layers {
namespace {

TEST(DeviceRecord, FormattingAndReadingAreInverses) {
  FileMeta device;
  device.type = FileType::kBlockDevice;
  device.mode = 0660;
  device.device = makedev(259, 70'000);
  EXPECT_EQ(FormatDeviceRecord(device), "b 259 70000 660");
  FileMeta again;
  again.size = 5;
  ASSERT_TRUE(ReadDeviceRecord("b 259 70000 660", again));
  EXPECT_EQ(again, device);
}

TEST(DeviceRecord, OtherTextsAreNone) {
  for (const char* text : {"", "c", "c 1", "c 1 3", "d 1 3 666", "c x 3 666"}) {
    FileMeta meta;
    EXPECT_FALSE(ReadDeviceRecord(text, meta)) << text;
    EXPECT_EQ(meta, FileMeta()) << text;
  }
}

TEST(DeviceRecord, ShowsAsADeviceInATree) {
  const TempDir layer = MakeTestDirectory();
  FileMeta device;
  device.type = FileType::kCharDevice;
  device.mode = 0666;
  device.device = makedev(1, 3);
  PutFile(layer.path() / "null", "");
  SetDeviceRecord(OpenFile(layer.path() / "null", O_WRONLY).get(), device);
  const LayeredTree tree({layer.path()});
  const auto node = tree.Find(CleanPath::Parse("null"));
  ASSERT_TRUE(node);
  EXPECT_EQ(node->meta.type, FileType::kCharDevice);
  EXPECT_EQ(node->meta.device, makedev(1, 3));
  EXPECT_EQ(node->meta.mode, 0666u);
}

TEST(DeviceRecord, AnAttributeAloneMakesNoDevice) {
  const TempDir layer = MakeTestDirectory();
  PutFile(layer.path() / "f", "", 0644);
  const std::string path = layer.path() / "f";
  ASSERT_EQ(::setxattr(path.c_str(), "user.ibuild.device", "c 1 3 666", 9, 0), 0);
  const LayeredTree tree({layer.path()});
  EXPECT_EQ(tree.Find(CleanPath::Parse("f"))->meta.type, FileType::kRegular);
}

TEST(DeviceRecord, AFileWithContentIsNoDevice) {
  const TempDir layer = MakeTestDirectory();
  PutFile(layer.path() / "f", "content", 01000);
  const std::string path = layer.path() / "f";
  ASSERT_EQ(::setxattr(path.c_str(), "user.ibuild.device", "c 1 3 666", 9, 0), 0);
  const LayeredTree tree({layer.path()});
  EXPECT_EQ(tree.Find(CleanPath::Parse("f"))->meta.type, FileType::kRegular);
}

// What a step of root sets is an attribute like others.
TEST(DeviceRecord, TheModeOfTheFileCountsOnlyWhereDevicesAloneAreRecorded) {
  if (OnlyDevicesAreRecorded()) GTEST_SKIP() << "they are here";
  const TempDir layer = MakeTestDirectory();
  const std::string path = layer.path() / "f";
  for (const mode_t mode : {0644U, 01000U}) {
    PutFile(path, "", mode);
    ASSERT_EQ(::setxattr(path.c_str(), "user.ibuild.device", "c 1 3 own", 9, 0), 0);
    const LayeredTree tree({layer.path()});
    EXPECT_EQ(tree.Find(CleanPath::Parse("f"))->meta.type, FileType::kRegular);
  }
}

}  // namespace
}  // namespace ibuild::layers
