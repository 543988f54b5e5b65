#include "sandbox/process/user_lookup.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "support/error.h"
#include "support/files.h"

namespace ibuild::builder {
namespace {

constexpr std::string_view kPasswd =
    "root:x:0:0:root:/root:/bin/sh\n"
    "broken line\n"
    "bad:x:99999999999:0::/:\n"
    "app:x:1000:1001:App:/home/app:/bin/sh\n"
    "short:x:5:6\n"
    "nohome:x:7:7:::\n"
    "123:x:77:78::/n:\n";
constexpr std::string_view kGroup =
    "root:x:0:\n"
    "staff:x:50:app,other\n"
    "video:x:44:other\n"
    "audio:x:29:root,app\n";

UserIdentity Resolve(std::string_view user) { return ResolveUser(user, kPasswd, kGroup); }

std::string Failure(std::string_view user) {
  try {
    Resolve(user);
  } catch (const Error& error) {
    return error.message();
  }
  return "none";
}

TEST(UserLookupTest, NoUserIsRootAsTheImageKnowsIt) {
  EXPECT_EQ(Resolve(""), (UserIdentity{0, 0, {0, 29}, "/root"}));
  EXPECT_EQ(ResolveUser("", "", ""), (UserIdentity{0, 0, {0}, "/"}));
  EXPECT_EQ(ResolveUser("root", "", ""), (UserIdentity{0, 0, {0}, "/"}));
}

TEST(UserLookupTest, ANameGivesIdsGroupsAndHome) {
  EXPECT_EQ(Resolve("app"), (UserIdentity{1000, 1001, {1001, 50, 29}, "/home/app"}));
}

TEST(UserLookupTest, ANumberIsLookedUpToo) {
  EXPECT_EQ(Resolve("1000"), (UserIdentity{1000, 1001, {1001, 50, 29}, "/home/app"}));
  EXPECT_EQ(Resolve("4242"), (UserIdentity{4242, 0, {0}, "/"}));
}

TEST(UserLookupTest, DigitsAreNeverAName) {
  EXPECT_EQ(Resolve("123"), (UserIdentity{123, 0, {0}, "/"}));
  EXPECT_EQ(ResolveUser("0:456", "", "456:x:99:\n").gid, 456u);
}

TEST(UserLookupTest, AnExplicitGroupTakesThePlaceOfAllOthers) {
  EXPECT_EQ(Resolve("app:video"), (UserIdentity{1000, 44, {44}, "/home/app"}));
  EXPECT_EQ(Resolve("1000:9"), (UserIdentity{1000, 9, {9}, "/home/app"}));
  EXPECT_EQ(Resolve(":44").gid, 44u);
}

TEST(UserLookupTest, IncompleteLinesAreUsable) {
  EXPECT_EQ(Resolve("short"), (UserIdentity{5, 6, {6}, "/"}));
  EXPECT_EQ(Resolve("nohome").home, "/");
}

TEST(UserLookupTest, UnknownNamesAreErrors) {
  EXPECT_EQ(Failure("nouser"), "unable to find user nouser: no matching entries in passwd file");
  EXPECT_EQ(Failure("app:nogroup"),
            "unable to find group nogroup: no matching entries in group file");
  EXPECT_EQ(Failure("-1"), "unable to find user -1: no matching entries in passwd file");
}

// CVE-2024-40635: a number beyond 32 bits became 0.
TEST(UserLookupTest, NumbersOutOfRangeAreErrors) {
  EXPECT_EQ(Failure("4294967296"), "user id 4294967296 is out of range");
  EXPECT_EQ(Failure("4294967295"), "user id 4294967295 is out of range");
  EXPECT_EQ(Failure("18446744073709551616"), "user id 18446744073709551616 is out of range");
  EXPECT_EQ(Failure("1000:4294967296"), "group id 4294967296 is out of range");
  EXPECT_EQ(Failure("bad"), "unable to find user bad: no matching entries in passwd file");
}

class UserFilesTest : public ::testing::Test {
 protected:
  UserIdentity LookUp(std::string_view user) {
    return LookUpUser(user, RootedDir::Open(root_.path().string()));
  }
  std::filesystem::path Etc() {
    std::filesystem::create_directories(root_.path() / "etc");
    return root_.path() / "etc";
  }

  TempDir root_{std::filesystem::temp_directory_path(), "user-test-"};
};

TEST_F(UserFilesTest, FilesAreReadInsideTheRoot) {
  WriteFileAtomically(Etc() / "passwd.real", "app:x:12:13::/a:\n");
  std::filesystem::create_symlink("/etc/passwd.real", Etc() / "passwd");
  EXPECT_EQ(LookUp("app").uid, 12u);
}

TEST_F(UserFilesTest, ALinkToTheHostsFileLeadsNowhere) {
  std::filesystem::create_symlink("../../../../../../etc/passwd", Etc() / "passwd");
  EXPECT_THROW(LookUp("daemon"), Error);
}

TEST_F(UserFilesTest, PipesAndDirectoriesCountAsEmpty) {
  ASSERT_EQ(mkfifo((Etc() / "passwd").c_str(), 0644), 0);
  std::filesystem::create_directory(Etc() / "group");
  EXPECT_EQ(LookUp("5"), (UserIdentity{5, 0, {0}, "/"}));
}

TEST_F(UserFilesTest, AFileWithoutEndIsAnError) {
  const UniqueFd file = OpenFile(Etc() / "passwd", O_CREAT | O_WRONLY, 0644);
  ASSERT_EQ(ftruncate(file.get(), off_t{1} << 30), 0);
  EXPECT_THROW(LookUp("root"), Error);
}

}  // namespace
}  // namespace ibuild::builder
