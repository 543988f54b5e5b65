// From what overlayfs leaves in an upper directory to what a layer says.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <random>

#include "layers/apply/layer_applier.h"
#include "layers/diff/overlay_upper.h"
#include "layers/diff/whiteout.h"
#include "layers/pack/layer_packer.h"
#include "layers/tar/reader.h"
#include "support/error.h"
#include "tests/layers/tree_fixture.h"

namespace ibuild::layers {
namespace {

namespace fs = std::filesystem;

void Write(const fs::path& path, std::string_view text) {
  const UniqueFd file = OpenFile(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  WriteAll(file.get(), text);
}

class UpperTest : public ::testing::Test {
 protected:
  void SetUp() override { fs::create_directory(low_); }

  // Runs `step` in a mount over the lower layer; returns the members of the layer it makes.
  template <typename Step>
  std::vector<std::string> Changes(Step&& step) {
    {
      const TestOverlay overlay({low_}, upper_, work_, temp_.path() / "merged");
      step(overlay.path());
    }
    NormalizeUpper(upper_, LayeredTree({low_}));
    StringSink sink;
    PackDirectory(upper_, {}, sink);
    StringSource source(sink.text());
    TarReader reader(source);
    std::vector<std::string> names;
    while (const auto entry = reader.Next()) names.push_back(entry->name);
    return names;
  }

  using Names = std::vector<std::string>;

  TempDir temp_ = MakeTestDirectory();
  const fs::path low_ = temp_.path() / "low";
  const fs::path upper_ = temp_.path() / "upper";
  const fs::path work_ = temp_.path() / "work";
};

TEST_F(UpperTest, NothingDoneNothingSaid) {
  PutFile(low_ / "a/b", "1");
  EXPECT_EQ(Changes([](const fs::path&) {}), Names{});
}

TEST_F(UpperTest, AChangedFileBringsItsParents) {
  PutFile(low_ / "a/b/c", "1");
  PutFile(low_ / "a/b/d", "1");
  EXPECT_EQ(Changes([](const fs::path& root) { Write(root / "a/b/c", "2"); }),
            (Names{"a", "a/b", "a/b/c"}));
}

TEST_F(UpperTest, ADeletedFileIsAWhiteout) {
  PutFile(low_ / "a/b", "1");
  EXPECT_EQ(Changes([](const fs::path& root) { fs::remove(root / "a/b"); }),
            (Names{"a", "a/.wh.b"}));
}

TEST_F(UpperTest, MadeAndDeletedIsNothing) {
  PutFile(low_ / "a/b", "1");
  SetTime(low_ / "a", 1'000'000'000, 0);  // not in the very tick of the clock in which it changes
  EXPECT_EQ(Changes([](const fs::path& root) {
              Write(root / "a/new", "1");
              fs::create_directories(root / "a/x/y");
              fs::remove(root / "a/new");
              fs::remove_all(root / "a/x");
            }),
            Names{});
}

TEST_F(UpperTest, CopiedUpButTheSameIsNothing) {
  PutFile(low_ / "a/tarred", "1");
  PutFile(low_ / "a/precise", "1");
  SetTime(low_ / "a/precise", 1'000'000'000, 123);
  EXPECT_EQ(Changes([](const fs::path& root) {
              for (const char* name : {"a/tarred", "a/precise"}) {
                const UniqueFd file = OpenFile(root / name, O_RDWR);  // copies up
              }
            }),
            Names{});
}

TEST_F(UpperTest, SameTimesWithoutNanosecondsAreNotTrusted) {
  PutFile(low_ / "f", "old");
  EXPECT_EQ(Changes([](const fs::path& root) {
              Write(root / "f", "new");
              SetTime(root / "f", 1'000'000'000);
            }),
            (Names{"f"}));
}

TEST_F(UpperTest, MetadataOfFilesAndDirectoriesCounts) {
  PutFile(low_ / "d/f", "1");
  PutFile(low_ / "e/f", "1");
  PutFile(low_ / "x/f", "1");
  EXPECT_EQ(Changes([](const fs::path& root) {
              ::chmod((root / "d").c_str(), 0700);
              ::chmod((root / "e/f").c_str(), 0600);
              ::setxattr((root / "x").c_str(), "user.k", "v", 1, 0);
            }),
            (Names{"d", "e", "e/f", "x"}));
}

TEST_F(UpperTest, ADirectoryWhoseTimeWasSetIsAChange) {
  PutFile(low_ / "d/f", "1");
  PutFile(low_ / "e/f", "1");
  PutFile(low_ / "x/f", "1");
  EXPECT_EQ(Changes([](const fs::path& root) {
              SetTime(root / "d", 5);
              ::utimensat(AT_FDCWD, (root / "e").c_str(), nullptr, 0);
            }),
            (Names{"d", "e"}));
}

TEST_F(UpperTest, ADirectoryThatGotItsOldTimeBackIsNoChange) {
  PutFile(low_ / "d/f", "1");
  SetTime(low_ / "d", 1'000'000'000);
  EXPECT_EQ(Changes([](const fs::path& root) {
              Write(root / "d/new", "1");
              fs::remove(root / "d/new");
              SetTime(root / "d", 1'000'000'000);
            }),
            Names{});
}

TEST_F(UpperTest, EveryNameOfALinkedFileIsKept) {
  PutFile(low_ / "a/f", "1");
  PutFile(low_ / "b", "1");
  fs::create_symlink("b", low_ / "s");
  EXPECT_EQ(Changes([](const fs::path& root) {
              fs::create_hard_link(root / "a/f", root / "g");
              ::linkat(AT_FDCWD, (root / "s").c_str(), AT_FDCWD, (root / "t").c_str(), 0);
            }),
            (Names{"a", "a/f", "g", "s", "t"}));
  const LayeredTree tree({low_, upper_});
  EXPECT_EQ(tree.Find(CleanPath::Parse("a/f"))->inode, tree.Find(CleanPath::Parse("g"))->inode);
}

TEST_F(UpperTest, ReplacedDirectoryBecomesExplicitWhiteouts) {
  PutFile(low_ / "d/a", "1");
  PutFile(low_ / "d/b", "1");
  PutFile(low_ / "d/sub/c", "1");
  PutFile(low_ / "d/sub/d", "1");
  EXPECT_EQ(Changes([](const fs::path& root) {
              fs::remove_all(root / "d");
              fs::create_directories(root / "d/sub");
              Write(root / "d/b", "2");
              Write(root / "d/sub/d", "2");
            }),
            (Names{"d", "d/.wh.a", "d/b", "d/sub", "d/sub/.wh.c", "d/sub/d"}));
}

TEST_F(UpperTest, OfAReplacedDirectoryOnlyTheTimeIsNew) {
  PutFile(low_ / "d/a", "1");
  EXPECT_EQ(Changes([](const fs::path& root) {
              fs::remove_all(root / "d");
              PutFile(root / "d/a", "1");
            }),
            (Names{"d"}));
}

TEST_F(UpperTest, FileBecomesDirectoryAndBack) {
  PutFile(low_ / "f", "1");
  PutFile(low_ / "d/x", "1");
  EXPECT_EQ(Changes([](const fs::path& root) {
              fs::remove(root / "f");
              Write(root / "f.tmp", "");
              fs::rename(root / "f.tmp", root / "g");
              fs::create_directory(root / "f");
              fs::remove_all(root / "d");
              Write(root / "d", "now a file");
            }),
            (Names{"d", "f", "g"}));
}

TEST_F(UpperTest, ASocketInPlaceOfAFileIsAWhiteout) {
  PutFile(low_ / "f", "1");
  EXPECT_EQ(Changes([](const fs::path& root) {
              fs::remove(root / "f");
              ::mknod((root / "f").c_str(), S_IFSOCK | 0600, 0);
              ::mknod((root / "new").c_str(), S_IFSOCK | 0600, 0);
            }),
            (Names{".wh.f"}));
}

TEST_F(UpperTest, TimesOfKeptDirectoriesAreRestored) {
  PutFile(low_ / "d/keep", "1");
  PutFile(low_ / "d/same", "1");
  Changes([](const fs::path& root) {
    Write(root / "d/keep", "2");
    const UniqueFd same = OpenFile(root / "d/same", O_RDWR);
    SetTime(root / "d", 1'234'567'890);
  });
  struct stat file;
  ASSERT_EQ(::stat((upper_ / "d").c_str(), &file), 0);
  EXPECT_EQ(file.st_mtim.tv_sec, 1'234'567'890);
  EXPECT_FALSE(fs::exists(upper_ / "d/same"));
}

TEST_F(UpperTest, NoMarksOfOverlayfsAreLeft) {
  PutFile(low_ / "d/f", "1");
  PutFile(low_ / "d/g", "1");
  Changes([](const fs::path& root) {
    Write(root / "d/f", "2");
    fs::remove_all(root / "d/g");
  });
  for (const auto& entry : fs::recursive_directory_iterator(upper_)) {
    char names[1024];
    const ssize_t size = ::llistxattr(entry.path().c_str(), names, sizeof names);
    const std::string text(names, static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
    EXPECT_EQ(text.find(".overlay."), std::string::npos) << entry.path() << " " << text;
  }
}

TEST_F(UpperTest, RedirectsAreRefused) {
  PutDirectory(upper_ / "d");
  const std::string name = OverlayAttribute(CurrentOverlaySpace(), "redirect");
  ASSERT_EQ(::setxattr((upper_ / "d").c_str(), name.c_str(), "/e", 2, 0), 0);
  EXPECT_THROW(NormalizeUpper(upper_, LayeredTree({low_})), Error);
}

// Random programs: what they leave, made a layer, packed and unpacked elsewhere, must show the same
// tree again.
class RandomUpperTest : public UpperTest, public ::testing::WithParamInterface<unsigned> {
 protected:
  std::string Name() { return std::string(1, static_cast<char>('a' + Below(4))); }
  fs::path Path() {
    fs::path path = Name();
    while (Below(3) != 0) path /= Name();
    return path;
  }
  unsigned Below(unsigned limit) { return static_cast<unsigned>(random_() % limit); }

  void DoSomething(const fs::path& root) {
    const fs::path path = root / Path();
    std::error_code ignored;
    switch (Below(8)) {
      case 0:
      case 1:
        fs::create_directories(path, ignored);
        break;
      case 2:
      case 3:
        if (fs::is_directory(path.parent_path(), ignored) && !fs::exists(path, ignored)) {
          Write(path, Name());
        }
        break;
      case 4:
        fs::remove_all(path, ignored);
        break;
      case 5:
        if (fs::is_regular_file(path, ignored)) Write(path, Name() + Name());
        break;
      case 6:
        if (fs::exists(path, ignored)) ::chmod(path.c_str(), 0700 | Below(0100));
        break;
      default:
        fs::create_hard_link(path, root / Path(), ignored);
    }
  }

  std::mt19937 random_{GetParam()};
};

TEST_P(RandomUpperTest, LayerSaysWhatHappened) {
  std::vector<fs::path> layers = {low_};
  for (int i = 0; i < 30; ++i) DoSomething(low_);
  for (int round = 0; round < 3; ++round) {
    const fs::path base = temp_.path() / std::to_string(round);
    TreeText wanted;
    {
      const TestOverlay overlay(layers, base / "upper", base / "work", base / "merged");
      for (int i = 0; i < 30; ++i) DoSomething(overlay.path());
      wanted = DescribeTree(overlay.path());
    }
    NormalizeUpper(base / "upper", LayeredTree(layers));
    StringSink tar;
    const PackedLayer packed = PackDirectory(base / "upper", {}, tar);
    fs::create_directory(base / "applied");
    StringSource source(tar.text());
    const AppliedLayer applied = ApplyLayer(source, base / "applied", LayeredTree(layers));
    EXPECT_EQ(applied.diff_id, packed.diff_id);
    EXPECT_FALSE(applied.depends_on_lower);
    layers.push_back(base / "applied");
    const TestOverlay again(layers, base / "upper2", base / "work2", base / "merged2");
    ASSERT_EQ(DescribeTree(again.path()), wanted) << "round " << round;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomUpperTest, ::testing::Range(0u, 60u));

}  // namespace
}  // namespace ibuild::layers
