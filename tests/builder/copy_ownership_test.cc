#include <gtest/gtest.h>
#include <unistd.h>

#include "builder/copy/ownership.h"
#include "tests/builder/files.h"
#include "tests/expect_error.h"
#include "tests/scratch_dir.h"

namespace ibuild::builder {
namespace {

class OwnershipTest : public testing::Test {
 protected:
  OwnershipTest() {
    Write(root_.path(), "etc/passwd",
          "root:x:0:0::/:/bin/sh\nbroken\napp:x:1000:50::/:/bin/sh\nbad:x:-1:1::/:/bin/sh\n");
    Write(root_.path(), "etc/group", "root:x:0:\nstaff:x:50:\ndevs:x:77:app\n");
  }

  OwnerLookup Look(std::string_view text) {
    return LookUpOwner(text, layers::LayeredTree({root_.path()}));
  }

  ScratchDir root_;
};

TEST_F(OwnershipTest, NumbersAreNeverLookedUp) {
  EXPECT_EQ(Look("5").owner, (Owner{5, 5}));
  EXPECT_EQ(Look("5:").owner, (Owner{5, 0}));
  EXPECT_EQ(Look("1000").owner, (Owner{1000, 1000}));
  EXPECT_EQ(Look("1:7").owner, (Owner{1, 7}));
  EXPECT_EQ(Look(":9").owner, (Owner{0, 9}));
  EXPECT_EQ(Look("").owner, (Owner{0, 0}));
}

TEST_F(OwnershipTest, NamesComeFromTheImage) {
  EXPECT_EQ(Look("app").owner, (Owner{1000, 50}));
  EXPECT_EQ(Look("app:").owner, (Owner{1000, 0}));
  EXPECT_EQ(Look("app:devs").owner, (Owner{1000, 77}));
  EXPECT_EQ(Look("1000:staff").owner, (Owner{1000, 50}));
  EXPECT_EQ(Look(":devs").owner, (Owner{0, 77}));
}

TEST_F(OwnershipTest, UnknownNamesAreNamedAndCountAsDockerHasThem) {
  const OwnerLookup user = Look("nobody-here");
  EXPECT_EQ(user.owner, (Owner{0, 0}));
  EXPECT_EQ(user.unknown_names, std::vector<std::string>{"nobody-here"});
  const OwnerLookup group = Look("app:no-such");
  EXPECT_EQ(group.owner, (Owner{1000, 50}));
  EXPECT_EQ(group.unknown_names, std::vector<std::string>{"no-such"});
  EXPECT_EQ(Look("bad").unknown_names.size(), 1u);
}

TEST_F(OwnershipTest, RootIsKnownEverywhere) {
  const OwnerLookup lookup = LookUpOwner("root:root", layers::LayeredTree({}));
  EXPECT_EQ(lookup.owner, (Owner{0, 0}));
  EXPECT_TRUE(lookup.unknown_names.empty());
}

TEST_F(OwnershipTest, IdsOutOfRangeAreErrors) {
  ExpectError(ErrorKind::kInvalidInput, "is not a user or group id", [&] { Look("4294967295"); });
  ExpectError(ErrorKind::kInvalidInput, "is not a user or group id",
              [&] { Look("1:99999999999999999999"); });
}

TEST_F(OwnershipTest, ADatabaseThatIsNoRegularFileIsNotRead) {
  std::filesystem::remove(root_.path() / "etc/passwd");
  ASSERT_EQ(::mkfifo((root_.path() / "etc/passwd").c_str(), 0644), 0);
  EXPECT_EQ(Look("app").unknown_names.size(), 1u);
}

TEST_F(OwnershipTest, LinksStayInsideTheImage) {
  std::filesystem::remove(root_.path() / "etc/passwd");
  std::filesystem::create_symlink("/../../../../../etc/passwd", root_.path() / "etc/passwd");
  ExpectError(ErrorKind::kInvalidInput, "symbolic links", [&] { Look("app"); });
}

}  // namespace
}  // namespace ibuild::builder
