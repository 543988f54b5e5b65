// LayeredTree shows what overlayfs would: whiteouts, opaque directories, links inside the root.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

#include "layers/tree/layered_tree.h"
#include "support/error.h"
#include "tests/layers/tree_fixture.h"

namespace ibuild::layers {
namespace {

namespace fs = std::filesystem;

CleanPath P(std::string_view text) { return CleanPath::Parse(text); }

class LayeredTreeTest : public ::testing::Test {
 protected:
  LayeredTree Tree() const { return LayeredTree({low_, middle_, high_}); }

  static std::string Names(const LayeredTree& tree, std::string_view directory) {
    std::string names;
    for (const TreeNode& node : tree.List(P(directory))) {
      names += std::string(node.path.Name()) + " ";
    }
    return names;
  }

  static std::string Content(const LayeredTree& tree, std::string_view path) {
    return ReadAll(tree.OpenRegular(tree.Find(P(path)).value()).get());
  }

  void SetUp() override {
    for (const fs::path& layer : {low_, middle_, high_}) fs::create_directory(layer);
  }

  TempDir temp_ = MakeTestDirectory();
  const fs::path low_ = temp_.path() / "low";
  const fs::path middle_ = temp_.path() / "middle";
  const fs::path high_ = temp_.path() / "high";
};

TEST_F(LayeredTreeTest, WithoutLayersThereIsOnlyTheRoot) {
  const LayeredTree tree({});
  const auto root = tree.Find(P("/"));
  ASSERT_TRUE(root);
  EXPECT_EQ(root->meta.type, FileType::kDirectory);
  EXPECT_EQ(root->meta.mode, 0755u);
  EXPECT_FALSE(tree.Find(P("a")));
  EXPECT_TRUE(tree.List(P("/")).empty());
  EXPECT_EQ(tree.Resolve(P("a/b")), P("a/b"));
  EXPECT_TRUE(tree.ReadXattrs(*root).empty());
}

TEST_F(LayeredTreeTest, UpperWinsAndDirectoriesMerge) {
  PutFile(low_ / "d/low", "1");
  PutFile(low_ / "d/both", "old");
  PutFile(high_ / "d/both", "new");
  PutDirectory(high_ / "d", 0700);
  PutFile(middle_ / "d/middle", "2");
  const LayeredTree tree = Tree();
  EXPECT_EQ(Names(tree, "d"), "both low middle ");
  EXPECT_EQ(Content(tree, "d/both"), "new");
  EXPECT_EQ(tree.Find(P("d"))->meta.mode, 0700u);
  EXPECT_EQ(tree.Find(P("d"))->layer, 2u);
  EXPECT_EQ(tree.Find(P("d/low"))->layer, 0u);
  EXPECT_EQ(tree.HostPath(*tree.Find(P("d/low"))), low_ / "d/low");
}

TEST_F(LayeredTreeTest, WhiteoutsHideAndWhatIsAboveThemShows) {
  PutFile(low_ / "f", "1");
  PutFile(low_ / "d/g", "1");
  PutWhiteout(middle_ / "f");
  PutWhiteout(middle_ / "d");
  PutFile(high_ / "d/h", "2");
  const LayeredTree tree = Tree();
  EXPECT_FALSE(tree.Find(P("f")));
  EXPECT_FALSE(tree.Find(P("d/g")));
  EXPECT_EQ(Names(tree, "/"), "d ");
  EXPECT_EQ(Names(tree, "d"), "h ");
}

TEST_F(LayeredTreeTest, OpaqueDirectoriesHideEverythingBelowThem) {
  PutFile(low_ / "d/deep/er/f", "1");
  PutOpaque(middle_ / "d");
  PutFile(middle_ / "d/deep/g", "2");
  PutFile(high_ / "d/h", "3");
  const LayeredTree tree = Tree();
  EXPECT_EQ(Names(tree, "d"), "deep h ");
  EXPECT_EQ(Names(tree, "d/deep"), "g ");
  EXPECT_FALSE(tree.Find(P("d/deep/er/f")));
}

TEST_F(LayeredTreeTest, AFileHidesADirectoryAndTheOtherWayRound) {
  PutFile(low_ / "a/x", "1");
  PutFile(middle_ / "a", "file");
  PutFile(low_ / "b", "file");
  PutFile(middle_ / "b/x", "2");
  const LayeredTree tree = Tree();
  EXPECT_FALSE(tree.Find(P("a/x")));
  EXPECT_EQ(Content(tree, "a"), "file");
  EXPECT_EQ(Content(tree, "b/x"), "2");
  EXPECT_TRUE(tree.List(P("a")).empty());
}

TEST_F(LayeredTreeTest, FindDoesNotFollowLinks) {
  PutLink(low_ / "l", "d");
  PutFile(low_ / "d/f", "1");
  const LayeredTree tree = Tree();
  EXPECT_EQ(tree.Find(P("l"))->meta.link_target, "d");
  EXPECT_FALSE(tree.Find(P("l/f")));
}

TEST_F(LayeredTreeTest, ResolveStaysInside) {
  PutLink(low_ / "abs", "/usr/lib");
  PutLink(low_ / "up", "../../../etc");
  PutFile(middle_ / "usr/lib/x", "1");
  PutLink(high_ / "usr/lib/back", "../../etc/passwd");
  PutLink(high_ / "dangling", "new/place");
  const LayeredTree tree = Tree();
  EXPECT_EQ(tree.Resolve(P("abs/x")), P("usr/lib/x"));
  EXPECT_EQ(tree.Resolve(P("up/passwd")), P("etc/passwd"));
  EXPECT_EQ(tree.Resolve(P("abs/back")), P("etc/passwd"));
  EXPECT_EQ(tree.Resolve(P("abs/back"), false), P("usr/lib/back"));
  EXPECT_EQ(tree.Resolve(P("dangling/f")), P("new/place/f"));
  EXPECT_EQ(tree.Resolve(P("nowhere/f")), P("nowhere/f"));
}

TEST_F(LayeredTreeTest, ResolveGivesUpOnLoopsAndFiles) {
  PutLink(low_ / "a", "b");
  PutLink(low_ / "b", "a");
  PutFile(low_ / "f", "1");
  const LayeredTree tree = Tree();
  EXPECT_THROW(tree.Resolve(P("a")), Error);
  EXPECT_EQ(tree.Resolve(P("a"), false), P("a"));
  EXPECT_THROW(tree.Resolve(P("f/x")), Error);
}

TEST_F(LayeredTreeTest, LinkCountAndInodeTellHardLinks) {
  PutFile(low_ / "a", "1");
  fs::create_hard_link(low_ / "a", low_ / "b");
  const LayeredTree tree = Tree();
  EXPECT_EQ(tree.Find(P("a"))->inode, tree.Find(P("b"))->inode);
  EXPECT_EQ(tree.Find(P("a"))->link_count, 2u);
}

TEST_F(LayeredTreeTest, AttributesOfTheImageOnly) {
  PutFile(low_ / "f", "1");
  ASSERT_EQ(::setxattr((low_ / "f").c_str(), "user.a", "1", 1, 0), 0);
  ASSERT_EQ(::setxattr((low_ / "f").c_str(), "user.overlay.origin", "1", 1, 0), 0);
  const LayeredTree tree = Tree();
  EXPECT_EQ(tree.ReadXattrs(*tree.Find(P("f"))), (Xattrs{{"user.a", "1"}}));
}

TEST_F(LayeredTreeTest, LookupsFromSeveralThreads) {
  for (int i = 0; i < 200; ++i) {
    PutFile(low_ / ("d" + std::to_string(i % 20)) / ("e" + std::to_string(i)) / "f", "1");
  }
  const LayeredTree tree = Tree();
  std::vector<std::jthread> threads;
  std::atomic<int> found = 0;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) {
        const std::string path = "d" + std::to_string(i % 20) + "/e" + std::to_string(i) + "/f";
        if (tree.Find(P(path))) ++found;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(found, 800);
}

// The same files asked of the kernel and of us.
TEST_F(LayeredTreeTest, AgreesWithOverlayfs) {
  PutFile(low_ / "a/b/c", "1");
  PutFile(low_ / "a/gone", "1");
  PutFile(low_ / "file", "1");
  PutFile(low_ / "hidden/x/y", "1");
  PutWhiteout(middle_ / "a/gone");
  PutFile(middle_ / "file/now/dir", "2");
  PutOpaque(middle_ / "hidden");
  PutFile(middle_ / "hidden/x/z", "2");
  PutFile(high_ / "a/gone", "back");
  PutLink(high_ / "hidden/link", "x");
  const TestOverlay overlay({low_, middle_, high_}, temp_.path() / "upper", temp_.path() / "work",
                            temp_.path() / "merged");
  const LayeredTree tree = Tree();
  TreeText ours;
  std::vector<CleanPath> open = {CleanPath()};
  while (!open.empty()) {
    const CleanPath directory = open.back();
    open.pop_back();
    for (const TreeNode& node : tree.List(directory)) {
      ours[node.path.text()] = tree.HostPath(node).filename();
      if (node.meta.type == FileType::kDirectory) open.push_back(node.path);
    }
  }
  const TreeText kernels = DescribeTree(overlay.path());
  ASSERT_EQ(ours.size(), kernels.size());
  EXPECT_TRUE(std::equal(ours.begin(), ours.end(), kernels.begin(),
                         [](const auto& a, const auto& b) { return a.first == b.first; }));
}

}  // namespace
}  // namespace ibuild::layers
