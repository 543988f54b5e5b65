#include "support/rooted_dir.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <filesystem>
#include <thread>

#include "support/files.h"
#include "support/rooted_walk.h"
#include "tests/expect_error.h"
#include "tests/scratch_dir.h"

namespace ibuild {
namespace {

namespace fs = std::filesystem;

// A root with links that try to leave it, and a canary outside that none may reach.
class RootedDirTest : public testing::Test {
 protected:
  RootedDirTest() {
    MakeDirectories(root_path_ / "etc");
    MakeDirectories(root_path_ / "a/b");
    WriteFileAtomically(dir_.path() / "canary", "outside");
    WriteFileAtomically(root_path_ / "etc/name", "inside");
    WriteFileAtomically(root_path_ / "canary", "the root's own");
    fs::create_symlink(dir_.path() / "canary", root_path_ / "absolute");
    fs::create_symlink("../../../../canary", root_path_ / "a/b/climbing");
    fs::create_symlink("/etc/name", root_path_ / "a/rooted");
    fs::create_symlink("..", root_path_ / "a/b/up");
    fs::create_symlink("/proc/self/root", root_path_ / "magic");
    fs::create_symlink("loop", root_path_ / "loop");
    root_.emplace(RootedDir::Open(root_path_.native()));
  }

  std::string Read(const char* path) const {
    return ReadAll(root_->OpenAt(CleanPath::Parse(path), O_RDONLY).get());
  }

  const ScratchDir dir_;
  const fs::path root_path_ = dir_.path() / "root";
  std::optional<RootedDir> root_;
};

TEST_F(RootedDirTest, FollowsLinksInsideTheRoot) {
  EXPECT_EQ(Read("a/rooted"), "inside");
  EXPECT_EQ(Read("a/b/up/rooted"), "inside");
}

TEST_F(RootedDirTest, ClimbingEndsAtTheRoot) { EXPECT_EQ(Read("a/b/climbing"), "the root's own"); }

TEST_F(RootedDirTest, AbsoluteLinksStartAtTheRoot) {
  ExpectError(ErrorKind::kNotFound, "/absolute", [&] { Read("absolute"); });
  EXPECT_EQ(ReadFile(dir_.path() / "canary"), "outside");
}

TEST_F(RootedDirTest, NoFollowTakesTheLinkItself) {
  const auto info = root_->StatIfExists(CleanPath::Parse("a/rooted"));
  ASSERT_TRUE(info);
  EXPECT_TRUE(S_ISLNK(info->st_mode));
  EXPECT_EQ(root_->ReadLink(CleanPath::Parse("a/rooted")), "/etc/name");
}

TEST_F(RootedDirTest, AbsenceIsAValue) {
  EXPECT_FALSE(root_->StatIfExists(CleanPath::Parse("none")));
  EXPECT_FALSE(root_->StatIfExists(CleanPath::Parse("etc/name/below")));
  EXPECT_FALSE(root_->OpenIfExists(CleanPath::Parse("magic/etc/passwd"), O_RDONLY));
}

TEST_F(RootedDirTest, LoopsEnd) {
  ExpectError(ErrorKind::kSystem, "/loop", [&] { Read("loop"); });
}

TEST_F(RootedDirTest, CreatesInsideOnly) {
  fs::create_symlink("/made", root_path_ / "dangling");
  WriteAll(root_->OpenAt(CleanPath::Parse("dangling"), O_WRONLY | O_CREAT, 0600).get(), "x");
  EXPECT_EQ(ReadFile(root_path_ / "made"), "x");
}

TEST_F(RootedDirTest, TheParentIsReachedThroughLinks) {
  const UniqueFd parent = root_->OpenParent(CleanPath::Parse("a/b/up/new"));
  ASSERT_EQ(::mkdirat(parent.get(), "new", 0700), 0);
  EXPECT_TRUE(fs::is_directory(root_path_ / "a/new"));
}

TEST_F(RootedDirTest, TheRootItselfOpens) {
  EXPECT_TRUE(root_->StatIfExists(CleanPath()));
  EXPECT_TRUE(S_ISDIR(root_->StatIfExists(CleanPath())->st_mode));
}

// The walk without openat2 must answer as the kernel does, for every path and every flag.
TEST_F(RootedDirTest, TheWalkAgreesWithTheKernel) {
  const char* const paths[] = {".",          "a",           "a/rooted", "a/b/climbing",  "absolute",
                               "a/b/up",     "a/b/up/b/up", "loop",     "none",          "none/x",
                               "etc/name/x", "etc/name",    "loop/x",   "a/b/up/rooted", "magic",
                               "magic/etc"};
  for (const char* path : paths) {
    for (const int flags :
         {O_RDONLY, O_PATH, O_PATH | O_NOFOLLOW, O_RDONLY | O_NOFOLLOW, O_PATH | O_DIRECTORY}) {
      const auto inode = [](int fd) {
        struct stat info = {};
        ::fstat(fd, &info);
        return info.st_ino;
      };
      const UniqueFd walked(rooted_walk::Open(root_->fd(), path, flags, 0));
      const int walk_errno = walked ? 0 : errno;
      std::optional<Error> refusal;
      UniqueFd opened;
      try {
        opened = root_->OpenAt(CleanPath::Parse(path), flags);
      } catch (const Error& error) {
        refusal = error;
      }
      ASSERT_EQ(static_cast<bool>(opened), static_cast<bool>(walked)) << path << ' ' << flags;
      if (opened) {
        EXPECT_EQ(inode(opened.get()), inode(walked.get())) << path << ' ' << flags;
      } else {
        EXPECT_EQ(refusal->kind(), ErrnoError("", walk_errno).kind()) << path << ' ' << flags;
      }
    }
  }
}

TEST_F(RootedDirTest, TheWalkCreatesAndHonoursExclusive) {
  EXPECT_GE(UniqueFd(rooted_walk::Open(root_->fd(), "a/new", O_WRONLY | O_CREAT, 0600)).get(), 0);
  EXPECT_TRUE(fs::exists(root_path_ / "a/new"));
  const UniqueFd again(
      rooted_walk::Open(root_->fd(), "a/rooted", O_WRONLY | O_CREAT | O_EXCL, 0600));
  EXPECT_FALSE(again);
  EXPECT_EQ(errno, EEXIST);
}

// While another thread swaps a directory for a link to the outside, no lookup may reach the canary.
class RootedDirRace : public RootedDirTest {
 protected:
  template <typename Open>
  void ExpectNeverOutside(Open&& open) {
    MakeDirectories(root_path_ / "swap");
    WriteFileAtomically(root_path_ / "swap/canary", "inside");
    fs::create_symlink("../../..", root_path_ / "swapped-in");
    std::atomic<bool> done = false;
    std::thread attacker([&] {
      while (!done) {
        ::renameat2(root_->fd(), "swap", root_->fd(), "swapped-in", RENAME_EXCHANGE);
      }
    });
    for (int i = 0; i < 2000; ++i) {
      if (const UniqueFd fd = open()) {
        const std::string content = ReadAll(fd.get());
        if (content == "outside") ADD_FAILURE() << "a lookup left the root";
      }
    }
    done = true;
    attacker.join();
  }
};

TEST_F(RootedDirRace, TheKernelStaysInside) {
  ExpectNeverOutside([&] {
    auto fd = root_->OpenIfExists(CleanPath::Parse("swap/canary"), O_RDONLY);
    return fd ? *std::move(fd) : UniqueFd();
  });
}

TEST_F(RootedDirRace, TheWalkStaysInside) {
  ExpectNeverOutside(
      [&] { return UniqueFd(rooted_walk::Open(root_->fd(), "swap/canary", O_RDONLY, 0)); });
}

}  // namespace
}  // namespace ibuild
