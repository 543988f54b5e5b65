#include "sandbox/spec/missing_targets.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "support/error.h"
#include "support/files.h"

namespace ibuild::builder {
namespace {

namespace fs = std::filesystem;

class MissingTargetsTest : public ::testing::Test {
 protected:
  // Paths found missing or on the way there, "path/" for directories.
  std::string Find(const std::string& target, bool is_directory = false) {
    std::string text;
    for (const SurfaceEntry& entry :
         FindMissingTargets(RootedDir::Open(root().string()), {{target, is_directory}})) {
      text += entry.path + (entry.is_directory ? "/ " : " ");
    }
    return text;
  }
  const fs::path& root() const { return directory_.path(); }

 private:
  TempDir directory_{fs::temp_directory_path(), "missing-test-"};
};

TEST_F(MissingTargetsTest, NothingIsMissing) {
  fs::create_directories(root() / "etc");
  WriteFileAtomically(root() / "etc/hosts", "");
  EXPECT_EQ(Find("/etc/hosts"), "");
}

TEST_F(MissingTargetsTest, ParentsComeFirstWithTheLooksTheyHave) {
  fs::create_directories(root() / "a");
  fs::permissions(root() / "a", fs::perms(0700));
  EXPECT_EQ(Find("/a/b/c"), "a/ a/b/ a/b/c ");
  EXPECT_EQ(Find("/a/b", true), "a/ a/b/ ");
  const auto entries = FindMissingTargets(RootedDir::Open(root().string()), {{"a/b/c", false}});
  EXPECT_EQ(entries[0].mode, 0700u);
  EXPECT_NE(entries[0].seconds, 0);
  EXPECT_EQ(entries[1].mode, 0755u);
  EXPECT_EQ(entries[2].mode, 0644u);
}

TEST_F(MissingTargetsTest, LinksAreFollowedInsideTheRoot) {
  fs::create_directories(root() / "etc");
  fs::create_symlink("../../../run/resolv.conf", root() / "etc/resolv.conf");
  EXPECT_EQ(Find("/etc/resolv.conf"), "run/ run/resolv.conf ");
  fs::create_symlink("/var/etc", root() / "conf");
  EXPECT_EQ(Find("/conf/x/y"), "var/ var/etc/ var/etc/x/ var/etc/x/y ");
}

TEST_F(MissingTargetsTest, LinksWithoutEndAreAnError) {
  fs::create_symlink("b", root() / "a");
  fs::create_symlink("a", root() / "b");
  EXPECT_THROW(Find("/a/x"), Error);
}

}  // namespace
}  // namespace ibuild::builder
