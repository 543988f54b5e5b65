// COPY and ADD into a layer directory: each case builds a small context and a small image, copies,
// and looks at the merged result. Owners need root; the rest does not.
#include "builder/copy/copy_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "builder/context/directory_tree.h"
#include "builder/context/stat_index.h"
#include "tests/builder/files.h"
#include "tests/expect_error.h"
#include "tests/scratch_dir.h"

namespace ibuild::builder {
namespace {

namespace fs = std::filesystem;

class CopyFilesTest : public testing::Test {
 protected:
  CopyFilesTest() {
    for (const char* name : {"context", "image", "upper"})
      fs::create_directory(root_.path() / name);
    for (const char* name : {"image", "upper"})
      fs::permissions(root_.path() / name, fs::perms(0755));
  }

  fs::path context() const { return root_.path() / "context"; }
  fs::path image() const { return root_.path() / "image"; }
  fs::path upper() const { return root_.path() / "upper"; }

  PreparedSource Take(const std::string& pattern, bool parents = false,
                      std::vector<std::string> exclude = {}) {
    auto tree = std::make_shared<const DirectoryTree>(context(), index_);
    return TreeSelection{tree, SelectFiles(*tree, {pattern, parents, std::move(exclude)})};
  }

  static LooseFile Loose(const std::string& name, const std::string& content) {
    LooseFile file;
    file.name = name;
    file.content = content;
    file.meta.mode = 0644;
    return file;
  }

  void Copy(CopyRequest request) {
    const layers::LayeredTree below({image()});
    UpperWriter target(upper(), below);
    CopyFiles(request, target);
    target.Finish();
  }
  void Copy(const std::string& pattern, const std::string& destination) {
    CopyRequest request;
    request.sources.push_back(Take(pattern));
    request.destination = destination;
    Copy(std::move(request));
  }

  // What the layer holds by itself, and what is seen with it on top.
  std::string Layer() const { return ListTree(layers::LayeredTree({upper()})); }
  layers::LayeredTree Merged() const { return layers::LayeredTree({image(), upper()}); }
  std::string Read(const std::string& path) const {
    const auto tree = Merged();
    const auto node = tree.Find(CleanPath::Parse(path));
    if (!node) return "(none)";
    return ReadAll(tree.OpenRegular(*node).get());
  }
  std::int64_t TimeOf(const std::string& path) const {
    return Merged().Find(CleanPath::Parse(path))->meta.mtime.seconds;
  }

  ScratchDir root_;
  StatIndex index_;
};

TEST_F(CopyFilesTest, AFileTakesTheNameOfTheDestination) {
  Write(context(), "a.txt", "a", 0640);
  Copy("a.txt", "/x/y/z");
  EXPECT_EQ(Layer(), "d 755 0:0 x\nd 755 0:0 x/y\nf 640 0:0 x/y/z\n");
}

TEST_F(CopyFilesTest, ASocketBecomesAnEmptyFile) {
  ASSERT_EQ(::mknod((context() / "s").c_str(), S_IFSOCK, 0), 0);
  fs::permissions(context() / "s", fs::perms(0640));
  Copy(".", "/x/");
  EXPECT_EQ(Layer(), "d 755 0:0 x\nf 640 0:0 x/s\n");
  EXPECT_EQ(Read("x/s"), "");
}

TEST_F(CopyFilesTest, ASlashMeansADirectory) {
  Write(context(), "a.txt", "a");
  Copy("a.txt", "/x/");
  EXPECT_EQ(Read("x/a.txt"), "a");
}

TEST_F(CopyFilesTest, AnExistingDirectoryTakesTheFileIn) {
  Write(context(), "a.txt", "a");
  Write(image(), "srv/old", "o");
  Copy("a.txt", "/srv");
  EXPECT_EQ(Read("srv/a.txt"), "a");
  EXPECT_EQ(Read("srv/old"), "o");
}

TEST_F(CopyFilesTest, SeveralSourcesAndNoSlashLeaveTheLast) {
  Write(context(), "a", "1");
  Write(context(), "b", "2");
  CopyRequest request;
  request.sources = {Take("a"), Take("b")};
  request.destination = "/x";
  Copy(std::move(request));
  EXPECT_EQ(Read("x"), "2");
}

TEST_F(CopyFilesTest, ADirectoryGivesItsContents) {
  Write(context(), "d/f", "1", 0600);
  Write(context(), "d/sub/g", "2");
  fs::permissions(context() / "d", fs::perms(0700));
  fs::permissions(context() / "d/sub", fs::perms(0711));
  SetTime(context() / "d", 1000);
  SetTime(context() / "d/sub", 2000);
  Copy("d", "/new");
  EXPECT_EQ(Layer(), "d 755 0:0 new\nf 600 0:0 new/f\nd 711 0:0 new/sub\nf 644 0:0 new/sub/g\n");
  EXPECT_EQ(TimeOf("new"), 1000);
  EXPECT_EQ(TimeOf("new/sub"), 2000);
}

TEST_F(CopyFilesTest, AnExistingDirectoryKeepsModeButNotTime) {
  Write(context(), "d/f", "1");
  SetTime(context() / "d", 1000);
  Write(image(), "old/x", "1");
  fs::permissions(image() / "old", fs::perms(0711));
  Copy("d", "/old");
  EXPECT_EQ(Layer(), "d 711 0:0 old\nf 644 0:0 old/f\n");
  EXPECT_EQ(TimeOf("old"), 1000);
}

TEST_F(CopyFilesTest, ParentsOfAChangeKeepTheirMetadataAndTime) {
  Write(context(), "f", "1");
  Write(image(), "a/b/old", "1");
  fs::permissions(image() / "a", fs::perms(01777));
  SetTime(image() / "a/b", 3000);
  SetTime(image() / "a", 4000);
  Copy("f", "/a/b/");
  EXPECT_EQ(Layer(), "d 1777 0:0 a\nd 755 0:0 a/b\nf 644 0:0 a/b/f\n");
  EXPECT_EQ(TimeOf("a"), 4000);
  EXPECT_EQ(TimeOf("a/b"), 3000);
}

TEST_F(CopyFilesTest, FilesKeepTimeAndSetIdBits) {
  Write(context(), "f", "1");
  fs::permissions(context() / "f", fs::perms(06755));
  SetTime(context() / "f", 123456);
  Copy("f", "/f");
  EXPECT_EQ(Layer(), "f 6755 0:0 f\n");
  EXPECT_EQ(TimeOf("f"), 123456);
}

TEST_F(CopyFilesTest, HardLinksAndFifosSurvive) {
  Write(context(), "d/a", "1");
  fs::create_hard_link(context() / "d/a", context() / "d/b");
  ASSERT_EQ(::mkfifo((context() / "d/p").c_str(), 0644), 0);
  Copy("d", "/x");
  const auto tree = Merged();
  const auto a = tree.Find(CleanPath::Parse("x/a"));
  const auto b = tree.Find(CleanPath::Parse("x/b"));
  EXPECT_EQ(a->inode, b->inode);
  EXPECT_EQ(tree.Find(CleanPath::Parse("x/p"))->meta.type, layers::FileType::kFifo);
}

TEST_F(CopyFilesTest, HardLinksBetweenTheMatchesOfAWildcardDoNotSurvive) {
  Write(context(), "a", "1");
  fs::create_hard_link(context() / "a", context() / "b");
  Copy("?", "/x/");
  const auto tree = Merged();
  EXPECT_NE(tree.Find(CleanPath::Parse("x/a"))->inode, tree.Find(CleanPath::Parse("x/b"))->inode);
}

TEST_F(CopyFilesTest, LinksInsideADirectoryStayLinks) {
  Write(context(), "d/f", "1");
  fs::create_symlink("f", context() / "d/l");
  fs::create_symlink("d", context() / "ld");
  Copy("ld", "/x");
  EXPECT_EQ(Layer(), "d 755 0:0 x\nf 644 0:0 x/f\nl 777 0:0 x/l -> f\n");
}

TEST_F(CopyFilesTest, DestinationLinksAreFollowedInsideTheRoot) {
  Write(context(), "f", "1");
  fs::create_directories(image() / "real");
  fs::create_symlink("/real", image() / "lnk");
  fs::create_symlink("/nowhere/at/all", image() / "dangling");
  Copy("f", "/lnk/");
  EXPECT_EQ(Layer(), "d 755 0:0 real\nf 644 0:0 real/f\n");
}

TEST_F(CopyFilesTest, ADanglingDestinationLinkIsCreatedThrough) {
  Write(context(), "f", "1");
  fs::create_symlink("/nowhere/at/all", image() / "dangling");
  Copy("f", "/dangling");
  EXPECT_EQ(Read("nowhere/at/all"), "1");
}

TEST_F(CopyFilesTest, ALinkToAFileAsDestinationIsFollowed) {
  Write(context(), "f", "new");
  Write(image(), "target", "old");
  fs::create_symlink("target", image() / "lnk");
  Copy("f", "/lnk");
  EXPECT_EQ(Layer(), "f 644 0:0 target\n");
}

TEST_F(CopyFilesTest, ALinkToAFileInTheDestinationDirectoryIsReplaced) {
  Write(context(), "f", "new");
  Write(image(), "d/target", "old");
  fs::create_symlink("target", image() / "d/f");
  Copy("f", "/d/");
  EXPECT_EQ(Layer(), "d 755 0:0 d\nf 644 0:0 d/f\n");
}

TEST_F(CopyFilesTest, ALinkOutOfTheImageLeadsNowhereOutside) {
  Write(context(), "f", "1");
  fs::create_symlink("../../../../../../tmp", image() / "out");
  Copy("f", "/out/");
  EXPECT_EQ(Layer(), "d 755 0:0 tmp\nf 644 0:0 tmp/f\n");
}

TEST_F(CopyFilesTest, ALoopOfLinksIsAnError) {
  Write(context(), "f", "1");
  fs::create_symlink("b", image() / "a");
  fs::create_symlink("a", image() / "b");
  ExpectError(ErrorKind::kInvalidInput, "too many symbolic links", [&] { Copy("f", "/a/x"); });
}

TEST_F(CopyFilesTest, WhatCannotBeReplacedIsAnErrorInDockersWords) {
  Write(context(), "d/sub/f", "1");
  Write(context(), "t/dir", "file");
  Write(image(), "file", "x");
  Write(image(), "y/dir/z", "x");
  Write(image(), "w/sub", "x");
  ExpectError(ErrorKind::kInvalidInput, "cannot copy to non-directory",
              [&] { Copy("d", "/file"); });
  ExpectError(ErrorKind::kInvalidInput, "cannot copy to non-directory", [&] { Copy("d", "/w"); });
  ExpectError(ErrorKind::kInvalidInput, "cannot replace to directory /y/dir with file",
              [&] { Copy("t", "/y"); });
  ExpectError(ErrorKind::kInvalidInput, "not a directory", [&] { Copy("t/dir", "/file/x"); });
  ExpectError(ErrorKind::kInvalidInput, "not a directory", [&] { Copy("t/dir", "/file/"); });
}

TEST_F(CopyFilesTest, ADirectoryOntoALinkToADirectoryIsAnError) {
  Write(context(), "t/abs/f", "1");
  fs::create_directories(image() / "real");
  fs::create_symlink("/real", image() / "abs");
  ExpectError(ErrorKind::kInvalidInput, "cannot copy to non-directory: /abs",
              [&] { Copy("t", "/"); });
}

TEST_F(CopyFilesTest, ChmodAppliesToEverythingButLinks) {
  Write(context(), "d/f", "1");
  fs::create_symlink("f", context() / "d/l");
  CopyRequest request;
  request.sources = {Take("d")};
  request.destination = "/new/x";
  request.attributes.mode = ModeChange::Parse("4750");
  Copy(std::move(request));
  EXPECT_EQ(Layer(),
            "d 750 0:0 new\nd 750 0:0 new/x\nf 4750 0:0 new/x/f\nl 777 0:0 new/x/l -> f\n");
}

TEST_F(CopyFilesTest, ChownAppliesToNewParentsToo) {
  Write(context(), "f", "1");
  Write(image(), "srv/x", "1");
  CopyRequest request;
  request.sources = {Take("f")};
  request.destination = "/srv/new/";
  request.attributes.owner = Owner{5, 6};
  if (::geteuid() != 0) {
    ExpectError(ErrorKind::kPermissionDenied, "change owner", [&] { Copy(std::move(request)); });
    return;
  }
  Copy(std::move(request));
  EXPECT_EQ(Layer(), "d 755 0:0 srv\nd 755 5:6 srv/new\nf 644 5:6 srv/new/f\n");
}

TEST_F(CopyFilesTest, TheUmaskAppliesToNewDirectoriesUnderAnOctalChmod) {
  Write(context(), "d/s/f", "1");
  CopyRequest request;
  request.sources = {Take("d")};
  request.destination = "/new/x";
  request.attributes.mode = ModeChange::Parse("777");
  Copy(std::move(request));
  EXPECT_EQ(Layer(), "d 755 0:0 new\nd 755 0:0 new/x\nd 777 0:0 new/x/s\nf 777 0:0 new/x/s/f\n");
}

TEST_F(CopyFilesTest, NewDirectoriesInheritTheSetGroupIdBit) {
  Write(context(), "d/s/f", "1", 0600);
  fs::create_directory(image() / "shared");
  ASSERT_EQ(::chmod((image() / "shared").c_str(), 02775), 0);
  Copy("d", "/shared/n/m");
  EXPECT_EQ(Layer(),
            "d 2775 0:0 shared\nd 2755 0:0 shared/n\nd 2755 0:0 shared/n/m\n"
            "d 755 0:0 shared/n/m/s\nf 600 0:0 shared/n/m/s/f\n");
}

TEST_F(CopyFilesTest, ParentsKeepThePathWithTheSourcesModes) {
  Write(context(), "m/n/f", "1", 0600);
  fs::permissions(context() / "m", fs::perms(0711));
  fs::permissions(context() / "m/n", fs::perms(0750));
  CopyRequest request;
  request.sources = {Take("m/n/f", true)};
  request.destination = "/1/";
  Copy(std::move(request));
  EXPECT_EQ(Layer(), "d 755 0:0 1\nd 711 0:0 1/m\nd 750 0:0 1/m/n\nf 600 0:0 1/m/n/f\n");
}

TEST_F(CopyFilesTest, HereDocumentsAreFiles) {
  CopyRequest request;
  request.sources = {Loose("one", "1"), Loose("two", "2")};
  request.destination = "/d/";
  Copy(std::move(request));
  EXPECT_EQ(Read("d/one") + Read("d/two"), "12");
}

TEST_F(CopyFilesTest, NothingSelectedMakesNothing) {
  Copy("*.none", "/x/");
  EXPECT_EQ(Layer(), "");
}

TEST_F(CopyFilesTest, ANameThatWouldBeAWhiteoutIsRefused) {
  Write(context(), "d/.wh.f", "1");
  ExpectError(ErrorKind::kUnsupported, "image layers cannot hold a file of this name",
              [&] { Copy("d", "/"); });
}

TEST_F(CopyFilesTest, SparseFilesStaySparse) {
  const fs::path file = context() / "big";
  WriteFileAtomically(file, "head");
  ASSERT_EQ(::truncate(file.c_str(), 64 << 20), 0);
  Copy("big", "/big");
  struct stat info;
  ASSERT_EQ(::stat((upper() / "big").c_str(), &info), 0);
  EXPECT_EQ(info.st_size, 64 << 20);
  EXPECT_LT(info.st_blocks * 512, 1 << 20);
}

TEST_F(CopyFilesTest, WorkdirMakesWhatIsMissing) {
  fs::create_directories(image() / "real");
  fs::create_symlink("/real", image() / "abs");
  const layers::LayeredTree below({image()});
  UpperWriter target(upper(), below);
  MakeWorkingDirectory("/abs/made/deep", Owner{}, target);
  target.Finish();
  EXPECT_EQ(Layer(), "d 755 0:0 real\nd 755 0:0 real/made\nd 755 0:0 real/made/deep\n");
}

TEST_F(CopyFilesTest, WorkdirOfWhatExistsLeavesAnEmptyLayer) {
  fs::create_directories(image() / "srv");
  const layers::LayeredTree below({image()});
  UpperWriter target(upper(), below);
  MakeWorkingDirectory("/srv", Owner{}, target);
  target.Finish();
  EXPECT_EQ(Layer(), "");
}

TEST_F(CopyFilesTest, WorkdirOnAFileIsAnError) {
  Write(image(), "etc/motd", "x");
  const layers::LayeredTree below({image()});
  UpperWriter target(upper(), below);
  for (const char* path : {"/etc/motd", "/etc/motd/x"}) {
    ExpectError(ErrorKind::kInvalidInput, "not a directory",
                [&] { MakeWorkingDirectory(path, Owner{}, target); });
  }
}

}  // namespace
}  // namespace ibuild::builder
