// A stage's files as one plain directory: what layers say is there, and what changes becomes a
// layer.
#include "builder/tree/private_tree.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "layers/diff/overlay_upper.h"
#include "layers/diff/whiteout.h"
#include "layers/tree/layered_tree.h"
#include "support/files.h"

namespace ibuild::builder {
namespace {

namespace fs = std::filesystem;

class PrivateTreeTest : public testing::Test {
 protected:
  fs::path Layer(const std::string& name) {
    fs::path layer = work_.path() / name / "diff";
    MakeDirectories(layer);
    return layer;
  }
  void Write(const fs::path& file, const std::string& text) {
    MakeDirectories(file.parent_path());
    std::ofstream(file) << text;
  }
  static std::string Read(const fs::path& file) { return ReadFile(file); }
  // Every name in a directory, whiteouts with an exclamation mark.
  static std::string Names(const fs::path& directory) {
    std::vector<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator(directory)) {
      struct stat state;
      lstat(entry.path().c_str(), &state);
      names.push_back(entry.path().lexically_relative(directory).native() +
                      (layers::IsWhiteout(state) ? "!" : ""));
    }
    std::sort(names.begin(), names.end());
    std::string text;
    for (const std::string& name : names) text += name + " ";
    return text;
  }

  TempDir work_{"/var/tmp"};
};

TEST_F(PrivateTreeTest, ShowsWhatTheLayersShow) {
  const fs::path low = Layer("low");
  Write(low / "a/keep", "1");
  Write(low / "a/gone", "2");
  Write(low / "was/dir", "3");
  const fs::path high = Layer("high");
  Write(high / "a/new", "4");
  layers::MakeWhiteout(OpenFile(high / "a", O_PATH).get(), "gone");
  Write(high / "was", "5");
  fs::create_hard_link(high / "a/new", high / "again");
  PrivateTree tree(work_.path() / "tree");
  tree.Advance({low, high});
  EXPECT_EQ(Names(tree.path()), "a a/keep a/new again was ");
  EXPECT_EQ(Read(tree.path() / "was"), "5");
  EXPECT_TRUE(fs::equivalent(tree.path() / "a/new", tree.path() / "again"));
}

TEST_F(PrivateTreeTest, ChangesBecomeALayer) {
  const fs::path low = Layer("low");
  Write(low / "d/same", "1");
  Write(low / "d/edited", "2");
  Write(low / "d/removed", "3");
  Write(low / "old/x", "4");
  PrivateTree tree(work_.path() / "tree");
  tree.Advance({low});
  Write(tree.path() / "d/edited", "9");  // as long as before
  fs::remove(tree.path() / "d/removed");
  fs::remove_all(tree.path() / "old");
  Write(tree.path() / "new/file", "5");
  fs::create_hard_link(tree.path() / "new/file", tree.path() / "new/link");
  const fs::path upper = Layer("upper");
  tree.TakeChanges(upper);
  layers::NormalizeUpper(upper, layers::LayeredTree({low}));
  EXPECT_EQ(Names(upper), "d d/edited d/removed! new new/file new/link old! ");
  EXPECT_TRUE(fs::equivalent(upper / "new/file", upper / "new/link"));
}

TEST_F(PrivateTreeTest, GoesOnOnlyWithTheLayerThatItMade) {
  const fs::path low = Layer("low");
  Write(low / "f", "1");
  const fs::path other = Layer("other");
  PrivateTree tree(work_.path() / "tree");
  tree.Advance({low});
  EXPECT_TRUE(tree.IsPrefixOf({low, other}));
  Write(tree.path() / "g", "2");
  const fs::path upper = Layer("upper");
  tree.TakeChanges(upper);
  EXPECT_FALSE(tree.IsPrefixOf({low}));
  EXPECT_FALSE(tree.IsPrefixOf({low, other}));
  const fs::path published = work_.path() / "published";
  fs::rename(upper, published);
  ASSERT_TRUE(tree.IsPrefixOf({low, published}));
  tree.Advance({low, published});
  EXPECT_EQ(Names(tree.path()), "f g ");
  const fs::path nothing = Layer("nothing");
  tree.TakeChanges(nothing);
  EXPECT_EQ(Names(nothing), "");
}

// As under an overlay: a file that was replaced by an equal one is no change, nor is its directory.
TEST_F(PrivateTreeTest, WhatCameAndWentInADirectoryIsNoChange) {
  const fs::path low = Layer("low");
  Write(low / "lib/same", "1");
  Write(low / "touched/x", "2");
  PrivateTree tree(work_.path() / "tree");
  tree.Advance({low});
  struct stat before;
  ASSERT_EQ(stat((tree.path() / "lib/same").c_str(), &before), 0);
  Write(tree.path() / "lib/new", "1");
  const timespec times[2] = {before.st_atim, before.st_mtim};
  utimensat(AT_FDCWD, (tree.path() / "lib/new").c_str(), times, 0);
  fs::rename(tree.path() / "lib/new", tree.path() / "lib/same");
  utimensat(AT_FDCWD, (tree.path() / "touched").c_str(), nullptr, 0);
  const fs::path upper = Layer("upper");
  tree.TakeChanges(upper);
  layers::NormalizeUpper(upper, layers::LayeredTree({low}));
  EXPECT_EQ(Names(upper), "touched ");
}

TEST_F(PrivateTreeTest, ADirectoryThatWasReplacedHidesWhatItHeld) {
  const fs::path low = Layer("low");
  Write(low / "srv/a", "1");
  Write(low / "srv/b", "2");
  PrivateTree tree(work_.path() / "tree");
  tree.Advance({low});
  fs::remove_all(tree.path() / "srv");
  Write(tree.path() / "srv/b", "3");
  const fs::path upper = Layer("upper");
  tree.TakeChanges(upper);
  layers::NormalizeUpper(upper, layers::LayeredTree({low}));
  EXPECT_EQ(Names(upper), "srv srv/a! srv/b ");
}

}  // namespace
}  // namespace ibuild::builder
