// Records of owners: as text, on files, and in the table for what can carry none.
#include "support/recorded_owner.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include "support/files.h"
#include "support/recorded_device.h"

namespace ibuild {
namespace {

TEST(RecordedOwner, TextAndBackAreInverses) {
  for (const OwnerRecord& record : {OwnerRecord{.owner = {0, 0}, .mode = {}},
                                    OwnerRecord{.owner = {33, 4294967294}, .mode = {}},
                                    OwnerRecord{.owner = {1, 2}, .mode = 04755}}) {
    EXPECT_EQ(ParseOwnerRecord(FormatOwnerRecord(record)), record);
  }
  EXPECT_EQ(FormatOwnerRecord({.owner = {1, 2}, .mode = 0}), "1:2:0");
}

TEST(RecordedOwner, OtherTextsAreNone) {
  for (const char* text : {"", "1", "1:", "a:b", "1:2:8", "1:2:3:4", "-1:2", "4294967295:0"}) {
    EXPECT_FALSE(ParseOwnerRecord(text)) << text;
  }
}

TEST(RecordedOwner, IsKeptOnAFileAndGoesWithTheDefault) {
  const TempDir directory("/var/tmp");
  const std::string path = directory.path() / "f";
  WriteFileAtomically(path, "");
  EXPECT_FALSE(FindOwnerRecord(path.c_str()));
  ASSERT_EQ(WriteOwnerRecord(path.c_str(), {.owner = {5, 6}, .mode = {}}), 0);
  EXPECT_EQ(FindOwnerRecord(path.c_str())->owner, (FileOwner{5, 6}));
  ASSERT_EQ(WriteOwnerRecord(path.c_str(), {}), 0);
  EXPECT_FALSE(FindOwnerRecord(path.c_str()));
  EXPECT_EQ(WriteOwnerRecord(path.c_str(), {}), 0);  // nothing there to remove
}

TEST(RecordedOwner, TheTableForgetsRoot) {
  SetNodeOwner(7, 8, {1, 2});
  EXPECT_EQ(FindNodeOwner(7, 8), (FileOwner{1, 2}));
  EXPECT_EQ(FindNodeOwner(7, 9), FileOwner());
  SetNodeOwner(7, 8, {});
  EXPECT_EQ(FindNodeOwner(7, 8), FileOwner());
}

TEST(RecordedDevice, ZeroIsAWhiteoutsNumber) {
  const auto device = ParseDevice("c 0 0 0");
  ASSERT_TRUE(device);
  EXPECT_EQ(device->number, 0u);
  EXPECT_EQ(FormatDevice(*device), "c 0 0 0");
}

TEST(RecordedDevice, LeavesTheModeToItsFileBySayingSo) {
  const auto device = ParseDevice("b 7 1 own");
  ASSERT_TRUE(device);
  EXPECT_FALSE(device->mode);
  EXPECT_EQ(FormatDevice(*device), "b 7 1 own");
  for (const char* text : {"b 7 1", "b 7 1 ", "b 7 1 owner", "b 7 1  own", "d 7 1 own"}) {
    EXPECT_FALSE(ParseDevice(text)) << text;
  }
}

}  // namespace
}  // namespace ibuild
