#include "support/files.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <iterator>

#include "tests/expect_error.h"
#include "tests/scratch_dir.h"

namespace ibuild {
namespace {

namespace fs = std::filesystem;

mode_t ModeOf(const fs::path& path) {
  struct stat info;
  EXPECT_EQ(::stat(path.c_str(), &info), 0);
  return info.st_mode & 07777;
}

std::size_t CountEntries(const fs::path& directory) {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(directory), fs::directory_iterator()));
}

TEST(ReadFile, ReadsWhatWasWritten) {
  const ScratchDir dir;
  const std::string content = std::string(100000, 'x') + std::string(1, '\0') + "end";
  WriteFileAtomically(dir.path() / "f", content);
  EXPECT_EQ(ReadFile(dir.path() / "f"), content);
  EXPECT_EQ(ReadFile(dir.path() / "f", content.size()), content);
}

TEST(ReadFile, NamesTheLimitAndTheFile) {
  const ScratchDir dir;
  WriteFileAtomically(dir.path() / "big", "123456");
  ExpectError(ErrorKind::kResourceExhausted, "big", [&] { ReadFile(dir.path() / "big", 5); });
  ExpectError(ErrorKind::kResourceExhausted, "limit of 5",
              [&] { ReadFile(dir.path() / "big", 5); });
}

TEST(ReadFile, ReadsFilesThatClaimNoSize) {
  EXPECT_NE(ReadFile("/proc/self/status").find("Name:"), std::string::npos);
}

TEST(ReadFile, AbsenceIsAValueOnRequest) {
  const ScratchDir dir;
  WriteFileAtomically(dir.path() / "f", "x");
  EXPECT_EQ(ReadFileIfExists(dir.path() / "none"), std::nullopt);
  EXPECT_EQ(ReadFileIfExists(dir.path() / "f" / "below"), std::nullopt);
  EXPECT_EQ(ReadFileIfExists(dir.path() / "f"), "x");
  ExpectError(ErrorKind::kNotFound, "none", [&] { ReadFile(dir.path() / "none"); });
}

TEST(WriteFileAtomically, SetsTheModeWhateverTheUmask) {
  const ScratchDir dir;
  const mode_t umask_before = ::umask(0077);
  WriteFileAtomically(dir.path() / "f", "x", 0644, Durability::kDurable);
  ::umask(umask_before);
  EXPECT_EQ(ModeOf(dir.path() / "f"), 0644u);
  WriteFileAtomically(dir.path() / "f", "y", 0600);
  EXPECT_EQ(ModeOf(dir.path() / "f"), 0600u);
  EXPECT_EQ(ReadFile(dir.path() / "f"), "y");
}

TEST(WriteFileAtomically, ReplacesALinkAndNotWhatItPointsTo) {
  const ScratchDir dir;
  WriteFileAtomically(dir.path() / "target", "old");
  fs::create_symlink("target", dir.path() / "link");
  WriteFileAtomically(dir.path() / "link", "new");
  EXPECT_EQ(ReadFile(dir.path() / "target"), "old");
  EXPECT_EQ(ReadFile(dir.path() / "link"), "new");
}

TEST(WriteFileAtomically, OnAFullDiskTheOldFileStaysAndNoTemporaryOne) {
  const ScratchDir dir;
  WriteFileAtomically(dir.path() / "f", "old");
  // /dev/full cannot be renamed over, so the fullness of a file system is made by a size limit:
  // the kernel refuses to write past it in the same way (SIGXFSZ is ignored, leaving EFBIG).
  const pid_t child = ::fork();
  if (child == 0) {
    const rlimit limit = {100, 100};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    ::signal(SIGXFSZ, SIG_IGN);
    try {
      WriteFileAtomically(dir.path() / "f", std::string(1000, 'x'));
      ::_exit(1);
    } catch (const Error&) {
      ::_exit(0);
    }
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0) << "the write should have failed";
  EXPECT_EQ(ReadFile(dir.path() / "f"), "old");
  EXPECT_EQ(CountEntries(dir.path()), 1u);
}

TEST(WriteFileAtomically, WhereNothingCanBeWrittenTheErrorNamesTheFile) {
  ExpectError(ErrorKind::kNotFound, "writing /nonexistent/dir/f",
              [] { WriteFileAtomically("/nonexistent/dir/f", "x"); });
}

TEST(MakeDirectories, MakesTheParentsToo) {
  const ScratchDir dir;
  MakeDirectories(dir.path() / "a/b/c", 0700);
  EXPECT_TRUE(fs::is_directory(dir.path() / "a/b/c"));
  EXPECT_EQ(ModeOf(dir.path() / "a"), 0700u);
  MakeDirectories(dir.path() / "a/b/c");
}

TEST(MakeDirectories, AFileInTheWayIsAnError) {
  const ScratchDir dir;
  WriteFileAtomically(dir.path() / "f", "x");
  ExpectError(ErrorKind::kAlreadyExists, "make directory",
              [&] { MakeDirectories(dir.path() / "f"); });
  ExpectError(ErrorKind::kSystem, "make directory", [&] { MakeDirectories(dir.path() / "f/g"); });
}

TEST(RemoveTree, FollowsNoLink) {
  const ScratchDir dir;
  const fs::path canary = dir.path() / "canary/file";
  MakeDirectories(canary.parent_path());
  WriteFileAtomically(canary, "alive");
  const fs::path tree = dir.path() / "tree";
  MakeDirectories(tree / "sub");
  fs::create_directory_symlink(canary.parent_path(), tree / "sub/link");
  RemoveTree(tree);
  EXPECT_FALSE(fs::exists(tree));
  EXPECT_EQ(ReadFile(canary), "alive");
}

TEST(RemoveTree, OfALinkRemovesTheLink) {
  const ScratchDir dir;
  MakeDirectories(dir.path() / "target");
  fs::create_directory_symlink("target", dir.path() / "link");
  RemoveTree(dir.path() / "link");
  EXPECT_FALSE(fs::is_symlink(dir.path() / "link"));
  EXPECT_TRUE(fs::exists(dir.path() / "target"));
}

TEST(RemoveTree, MissingIsFine) {
  const ScratchDir dir;
  RemoveTree(dir.path() / "none");
  EXPECT_TRUE(TryRemoveTree(dir.path() / "none"));
}

TEST(RemoveTree, GetsThroughDirectoriesWithoutPermissions) {
  const ScratchDir dir;
  MakeDirectories(dir.path() / "tree/a/b");
  WriteFileAtomically(dir.path() / "tree/a/b/f", "x");
  ::chmod((dir.path() / "tree/a/b").c_str(), 0500);
  ::chmod((dir.path() / "tree/a").c_str(), 0000);
  RemoveTree(dir.path() / "tree");
  EXPECT_FALSE(fs::exists(dir.path() / "tree"));
}

TEST(RemoveTree, DepthCostsNoStack) {
  const ScratchDir dir;
  // Deeper than PATH_MAX allows in one path, and than a recursive walk would like.
  UniqueFd here = OpenFile(dir.path(), O_RDONLY | O_DIRECTORY);
  for (int depth = 0; depth < 900; ++depth) {
    ASSERT_EQ(::mkdirat(here.get(), "directory", 0700), 0);
    here = UniqueFd(::openat(here.get(), "directory", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    ASSERT_TRUE(here);
  }
  here.Reset();
  RemoveTree(dir.path() / "directory");
  EXPECT_FALSE(fs::exists(dir.path() / "directory"));
}

TEST(TempDir, GoesAwayWithWhatItHolds) {
  const ScratchDir dir;
  fs::path path;
  {
    const TempDir temporary(dir.path());
    path = temporary.path();
    EXPECT_EQ(ModeOf(path), 0700u);
    MakeDirectories(path / "a/b");
  }
  EXPECT_FALSE(fs::exists(path));
}

TEST(TempDir, KeepAndMove) {
  const ScratchDir dir;
  TempDir first(dir.path());
  const fs::path path = first.path();
  TempDir second = std::move(first);
  EXPECT_EQ(second.path(), path);
  EXPECT_EQ(second.Keep(), path);
  second = TempDir(dir.path());
  EXPECT_TRUE(fs::exists(path));
}

TEST(FileLock, ExcludesOtherProcesses) {
  const ScratchDir dir;
  const fs::path path = dir.path() / "lock";
  const auto try_in_child = [&](FileLock::Mode mode) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(FileLock::TryAcquire(path, mode) ? 0 : 1);
    int status = -1;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    return WEXITSTATUS(status) == 0;
  };
  {
    const FileLock shared = FileLock::Acquire(path, FileLock::Mode::kShared);
    EXPECT_TRUE(try_in_child(FileLock::Mode::kShared));
    EXPECT_FALSE(try_in_child(FileLock::Mode::kExclusive));
  }
  {
    const FileLock exclusive = FileLock::Acquire(path, FileLock::Mode::kExclusive);
    EXPECT_FALSE(try_in_child(FileLock::Mode::kShared));
  }
  EXPECT_TRUE(try_in_child(FileLock::Mode::kExclusive));
}

TEST(FileLock, TheKernelFreesTheLockOfAKilledProcess) {
  const ScratchDir dir;
  const fs::path path = dir.path() / "lock";
  Pipe ready = MakePipe();
  const pid_t child = ::fork();
  if (child == 0) {
    const FileLock lock = FileLock::Acquire(path, FileLock::Mode::kExclusive);
    WriteAll(ready.write_end.get(), "x");
    for (;;) ::pause();
  }
  std::byte byte;
  ASSERT_EQ(ReadUpTo(ready.read_end.get(), std::span(&byte, 1)), 1u);
  EXPECT_FALSE(FileLock::TryAcquire(path, FileLock::Mode::kExclusive));
  ::kill(child, SIGKILL);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  EXPECT_TRUE(FileLock::TryAcquire(path, FileLock::Mode::kExclusive));
}

TEST(RandomHex, HasTheLengthAskedForAndDiffers) {
  EXPECT_EQ(RandomHex(4).size(), 8u);
  EXPECT_NE(RandomHex(), RandomHex());
}

}  // namespace
}  // namespace ibuild
