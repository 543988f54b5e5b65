// .dockerignore in a context, the stat index and content digests.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "builder/context/contexts.h"
#include "builder/context/directory_tree.h"
#include "builder/context/ignoring_tree.h"
#include "builder/copy/selection.h"
#include "tests/builder/files.h"
#include "tests/expect_error.h"
#include "tests/scratch_dir.h"

namespace ibuild::builder {
namespace {

using testing::ElementsAre;

class ContextTest : public testing::Test {
 protected:
  std::shared_ptr<const SourceTree> Open(std::string_view rules = "") {
    auto files = std::make_shared<const DirectoryTree>(root_.path(), index_);
    if (rules.empty()) return files;
    return std::make_shared<const IgnoringTree>(files, parser::IgnoreFile::Parse(rules));
  }

  std::vector<std::string> Paths(std::string_view rules, SourcePattern pattern = {".", false, {}}) {
    const auto tree = Open(rules);
    std::vector<std::string> paths;
    for (const SelectedSource& source : SelectFiles(*tree, pattern)) {
      for (const SelectedFile& file : source.files) {
        if (!file.entry.path.IsRoot()) paths.push_back(file.entry.path.text());
      }
    }
    return paths;
  }

  std::string Digest(const std::string& pattern = ".") {
    StatIndex fresh;
    const DirectoryTree tree(root_.path(), fresh);
    return ToHex(DigestSelection(tree, SelectFiles(tree, {pattern, false, {}})));
  }

  ScratchDir root_;
  StatIndex index_;
};

TEST_F(ContextTest, ADirectoryIsNoIgnoreFile) {
  ContextSource source;
  source.directory = root_.path();
  EXPECT_FALSE(IgnoreRulesOf(source));
  Write(root_.path(), ".dockerignore/x", "1");
  EXPECT_FALSE(IgnoreRulesOf(source));
}

TEST_F(ContextTest, AWhitelistKeepsTheParentsOfWhatItBringsBack) {
  Write(root_.path(), "sub/keep", "k");
  Write(root_.path(), "sub/drop", "d");
  Write(root_.path(), "other/deep/x", "x");
  EXPECT_THAT(Paths("*\n!sub/keep\n"), ElementsAre("sub", "sub/keep"));
}

TEST_F(ContextTest, ADirectoryWhoseContentIsExcludedStaysEmpty) {
  Write(root_.path(), "a/f", "1");
  Write(root_.path(), "a/g/h", "2");
  EXPECT_THAT(Paths("a/**\n"), ElementsAre("a"));
}

TEST_F(ContextTest, AnExcludedDirectoryIsGone) {
  Write(root_.path(), "a/f", "1");
  Write(root_.path(), "b/f", "2");
  EXPECT_THAT(Paths("a\n"), ElementsAre("b", "b/f"));
}

TEST_F(ContextTest, AnIgnoredSourceIsNotFound) {
  Write(root_.path(), "secret", "1");
  ExpectError(ErrorKind::kNotFound, "\"/secret\": not found", [&] {
    Paths("secret\n", {"secret", false, {}});
  });
}

TEST_F(ContextTest, LinksAreFollowedInsideTheContextOnly) {
  Write(root_.path(), "d/f", "1");
  std::filesystem::create_symlink("/d", root_.path() / "abs");
  std::filesystem::create_symlink("../../../../etc", root_.path() / "out");
  EXPECT_THAT(Paths("", {"abs", false, {}}), ElementsAre("d", "d/f"));
  ExpectError(ErrorKind::kNotFound, "not found", [&] { Paths("", {"out/passwd", false, {}}); });
}

TEST_F(ContextTest, ALinkLoopIsAnError) {
  std::filesystem::create_symlink("b", root_.path() / "a");
  std::filesystem::create_symlink("a", root_.path() / "b");
  ExpectError(ErrorKind::kInvalidInput, "too many symbolic links", [&] {
    Paths("", {"a", false, {}});
  });
}

TEST_F(ContextTest, WildcardsMatchPerElementAndHiddenFilesToo) {
  Write(root_.path(), "a.txt", "1");
  Write(root_.path(), ".h.txt", "2");
  Write(root_.path(), "d/b.txt", "3");
  EXPECT_THAT(Paths("", {"*.txt", false, {}}), ElementsAre(".h.txt", "a.txt"));
  EXPECT_THAT(Paths("", {"*/*.txt", false, {}}), ElementsAre("d/b.txt"));
  EXPECT_THAT(Paths("", {"*.zip", false, {}}), ElementsAre());
}

TEST_F(ContextTest, NamesWithWildcardCharactersAreReachedByEscapes) {
  Write(root_.path(), "br[1]", "1");
  Write(root_.path(), "br1", "2");
  EXPECT_THAT(Paths("", {"br[[]1]", false, {}}), ElementsAre("br[1]"));
}

TEST_F(ContextTest, ParentsKeepThePathAndTakeDirectoriesAlongAsImplied) {
  Write(root_.path(), "x/a/b", "1");
  Write(root_.path(), "x/c", "2");
  EXPECT_THAT(Paths("", {"x/a/b", true, {}}), ElementsAre("x", "x/a", "x/a/b"));
  const auto pivot = SelectFiles(*Open(), {"x/./a/b", true, {}});
  ASSERT_EQ(pivot.size(), 1u);
  ASSERT_EQ(pivot[0].files.size(), 3u);
  auto file = ++pivot[0].files.begin();
  EXPECT_TRUE(file->implied);
  ++file;
  EXPECT_FALSE(file->implied);
  EXPECT_EQ(pivot[0].RelativePath(*file), "a/b");
  ExpectError(ErrorKind::kNotFound, "not found", [&] { Paths("", {"x/none", true, {}}); });
}

TEST_F(ContextTest, ParentsTakeFromEveryDirectoryThatAWildcardBeforeThePivotMatches) {
  Write(root_.path(), "a1/b/x", "1");
  Write(root_.path(), "a2/b/y", "2");
  Write(root_.path(), "a2/c/z", "3");
  Write(root_.path(), "a3", "no directory");
  EXPECT_THAT(Paths("", {"a*/./b", true, {}}),
              ElementsAre("a1", "a1/b", "a1/b/x", "a2", "a2/b", "a2/b/y"));
  EXPECT_THAT(Paths("", {"a?/./c", true, {}}), ElementsAre("a1", "a2", "a2/c", "a2/c/z"));
  EXPECT_THAT(Paths("", {"**/./b/y", true, {}}), ElementsAre("a1", "a2", "a2/b", "a2/b/y"));
  EXPECT_THAT(Paths("", {"q*/./b", true, {}}), ElementsAre());
  EXPECT_THAT(Paths("", {"a1/b/./", true, {}}), ElementsAre("a1/b"));
}

TEST_F(ContextTest, ExcludeNeverTakesTheSourceItself) {
  Write(root_.path(), "a.txt", "1");
  Write(root_.path(), "d/b.txt", "2");
  Write(root_.path(), "d/c", "3");
  EXPECT_THAT(Paths("", {"a.txt", false, {"*.txt"}}), ElementsAre("a.txt"));
  EXPECT_THAT(Paths("", {"d", false, {"*.txt"}}), ElementsAre("d", "d/c"));
}

TEST_F(ContextTest, TheDigestKnowsContentModesAndNamesButNoTimes) {
  Write(root_.path(), "d/f", "1");
  const std::string before = Digest();
  SetTime(root_.path() / "d/f", 1000);
  EXPECT_EQ(Digest(), before);
  std::filesystem::permissions(root_.path() / "d/f", std::filesystem::perms(0755));
  const std::string executable = Digest();
  EXPECT_NE(executable, before);
  std::filesystem::permissions(root_.path() / "d", std::filesystem::perms(0700));
  EXPECT_NE(Digest(), executable);
  std::filesystem::permissions(root_.path() / "d", std::filesystem::perms(0755));
  std::filesystem::permissions(root_.path() / "d/f", std::filesystem::perms(0644));
  EXPECT_EQ(Digest(), before);
  Write(root_.path(), "d/f", "2");
  EXPECT_NE(Digest(), before);
  Write(root_.path(), "d/f", "1");
  std::filesystem::rename(root_.path() / "d/f", root_.path() / "d/g");
  EXPECT_NE(Digest(), before);
}

TEST_F(ContextTest, AnUnchangedFileIsNotReadAgain) {
  Write(root_.path(), "f", "content");
  SourceEntry entry;
  {
    const DirectoryTree tree(root_.path(), index_);
    entry = *tree.Find(CleanPath::Parse("f"));
    // As if the file had been written long ago.
    index_.Remember(entry, {.data = {}, .has_xattrs = false},
                    {.seconds = entry.ctime.seconds + 10, .nanoseconds = 0});
  }
  EXPECT_TRUE(index_.changed());
  StatIndex loaded(index_.Serialize());
  const DirectoryTree tree(root_.path(), loaded);
  EXPECT_EQ(tree.HashData(entry), Sha256Value{}) << "the remembered value, not the file's";
  ASSERT_EQ(::truncate((root_.path() / "f").c_str(), 3), 0);
  EXPECT_EQ(tree.HashData(*tree.Find(entry.path)), Sha256::Of("con"));
}

TEST_F(ContextTest, AFileWrittenThisMomentIsRememberedOnlyForThisRun) {
  Write(root_.path(), "f", "content");
  const DirectoryTree tree(root_.path(), index_);
  EXPECT_EQ(tree.HashData(*tree.Find(CleanPath::Parse("f"))), Sha256::Of("content"));
  EXPECT_FALSE(index_.changed());
}

TEST_F(ContextTest, AnIndexOfManyFilesFindsEachAndStaysWithinItsLimit) {
  constexpr int kFiles = 20'000;
  SourceEntry entry;
  entry.ctime = {.seconds = 1'000'000, .nanoseconds = 5};
  const auto nth = [&entry](int n) -> const SourceEntry& {
    entry.path = CleanPath::Parse("directory/file" + std::to_string(n));
    entry.inode = static_cast<std::uint64_t>(n);
    return entry;
  };
  const UnixTime later{.seconds = 2'000'000, .nanoseconds = 0};
  for (int n = 0; n < kFiles; ++n) {
    index_.Remember(nth(n), {.data = Sha256::Of(std::to_string(n)), .has_xattrs = n % 7 == 0},
                    later);
  }
  StatIndex loaded(index_.Serialize());
  for (int n = 0; n < kFiles; ++n) {
    const auto found = loaded.Find(nth(n));
    ASSERT_TRUE(found) << n;
    ASSERT_EQ(found->data, Sha256::Of(std::to_string(n)));
    ASSERT_EQ(found->has_xattrs, n % 7 == 0);
  }
  EXPECT_FALSE(loaded.Find(nth(kFiles)));
  constexpr std::size_t kLimit = 100'000;
  const std::string part = index_.Serialize(kLimit);
  EXPECT_LE(part.size(), kLimit);
  EXPECT_TRUE(StatIndex(part).Find(nth(0)));
}

TEST_F(ContextTest, ADamagedIndexIsAnEmptyOne) {
  Write(root_.path(), "f", "content");
  const DirectoryTree tree(root_.path(), index_);
  const SourceEntry entry = *tree.Find(CleanPath::Parse("f"));
  index_.Remember(entry, {}, {.seconds = entry.ctime.seconds + 10, .nanoseconds = 0});
  const std::string good = index_.Serialize();
  for (const std::string& text : {std::string("x"), good.substr(0, good.size() - 1), good + "x"}) {
    EXPECT_EQ(StatIndex(text).Find(entry), std::nullopt);
  }
}

TEST_F(ContextTest, AFileThatChangesUnderTheBuildIsAnError) {
  Write(root_.path(), "f", "content");
  const DirectoryTree tree(root_.path(), index_);
  const SourceEntry entry = *tree.Find(CleanPath::Parse("f"));
  ASSERT_EQ(::truncate((root_.path() / "f").c_str(), 3), 0);
  ExpectError(ErrorKind::kInvalidInput, "\"f\" changed while the build was reading it",
              [&] { tree.ReadRegular(entry, [](const UniqueFd&) {}); });
}

TEST_F(ContextTest, AFileThatChangesWhileItIsCopiedIsAnError) {
  Write(root_.path(), "f", "content");
  const DirectoryTree tree(root_.path(), index_);
  const SourceEntry entry = *tree.Find(CleanPath::Parse("f"));
  ExpectError(ErrorKind::kInvalidInput, "\"f\" changed while the build was reading it", [&] {
    tree.ReadRegular(entry, [&](const UniqueFd&) { Write(root_.path(), "f", "CONTENT!"); });
  });
}

// In one tick of the clock times do not tell: what was hashed decides.
TEST_F(ContextTest, AChangeThatNoTimeShowsIsFoundByTheContent) {
  Write(root_.path(), "f", "content");
  const DirectoryTree tree(root_.path(), index_);
  const SourceEntry entry = *tree.Find(CleanPath::Parse("f"));
  index_.Remember(entry, {.data = Sha256::Of("CONTENT"), .has_xattrs = false}, entry.ctime);
  ExpectError(ErrorKind::kInvalidInput, "\"f\" changed while the build was reading it",
              [&] { tree.ReadRegular(entry, [](const UniqueFd&) {}); });
}

}  // namespace
}  // namespace ibuild::builder
