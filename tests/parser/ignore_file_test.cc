// Dockerfile reference, ".dockerignore file"; Go's path/filepath.Match.
#include "parser/pattern/ignore_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "parser/pattern/path_pattern.h"
#include "support/text.h"
#include "tests/expect_error.h"

namespace ibuild::parser {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Those of `paths` (blank-separated) that the file excludes.
std::vector<std::string> Excluded(std::string_view text, std::string_view paths) {
  const IgnoreFile file = IgnoreFile::Parse(text);
  std::vector<std::string> excluded;
  for (const std::string_view path : Split(paths, ' ')) {
    if (file.Excluded(path)) excluded.emplace_back(path);
  }
  return excluded;
}

TEST(IgnoreFile, EmptyExcludesNothing) {
  EXPECT_THAT(Excluded("", ".git Dockerfile .dockerignore a/b"), IsEmpty());
  EXPECT_THAT(Excluded("\n  \n\t\n", "a"), IsEmpty());
}

TEST(IgnoreFile, CommentsOnlyInColumnZero) {
  EXPECT_THAT(Excluded("#x\n", "#x x"), IsEmpty());
  EXPECT_THAT(Excluded(" #x\n", "#x x"), ElementsAre("#x"));
}

TEST(IgnoreFile, LinesAreCleaned) {
  EXPECT_THAT(Excluded("\xEF\xBB\xBF"
                       "a\r\n",
                       "a"),
              ElementsAre("a"));
  EXPECT_THAT(Excluded("  a  \n", "a"), ElementsAre("a"));
  EXPECT_THAT(Excluded("x//y/./z/..\n", "x/y x"), ElementsAre("x/y"));
  EXPECT_THAT(Excluded("/a\n", "a b/a"), ElementsAre("a"));
  EXPECT_THAT(Excluded("a/\n", "a a/b"), ElementsAre("a", "a/b"));
}

TEST(IgnoreFile, WhatMatchesNothing) {
  EXPECT_THAT(Excluded(".\n/\n../x\n", "a x b/x"), IsEmpty());
}

TEST(IgnoreFile, Refusals) {
  ExpectError(ErrorKind::kInvalidInput, "illegal exclusion pattern: \"!\"",
              [] { IgnoreFile::Parse("a\n!\n"); });
  ExpectError(ErrorKind::kInvalidInput, "illegal exclusion pattern",
              [] { IgnoreFile::Parse("!/\n"); });
  for (const std::string_view pattern : {"[", "[]", "[a", "[a-]", "a\\", "[-a]"}) {
    ExpectError(ErrorKind::kInvalidInput, "syntax error in pattern",
                [&] { IgnoreFile::Parse(pattern); });
  }
}

TEST(IgnoreFile, LinesHaveTheLimitOfADockerfile) {
  EXPECT_THAT(Excluded(std::string(65500, 'x') + "\na\n", "a"), ElementsAre("a"));
  ExpectError(ErrorKind::kInvalidInput, "greater than max allowed size of 65535",
              [] { IgnoreFile::Parse("a\n" + std::string(70000, 'x') + "\n"); });
}

TEST(IgnoreFile, ParentsCount) {
  EXPECT_THAT(Excluded("dir\n", "dir dir/a dir/b/c dirx"), ElementsAre("dir", "dir/a", "dir/b/c"));
}

TEST(IgnoreFile, NoMatchingByBaseName) {
  EXPECT_THAT(Excluded("f\n", "f sub/f"), ElementsAre("f"));
  EXPECT_THAT(Excluded("**/f\n", "f sub/f a/b/f xf"), ElementsAre("f", "sub/f", "a/b/f"));
}

TEST(IgnoreFile, WildcardsStayInTheirElement) {
  EXPECT_THAT(Excluded("*.o\n", "a.o b/a.o .o"), ElementsAre("a.o", ".o"));
  EXPECT_THAT(Excluded("a?c\n", "abc a/c ac"), ElementsAre("abc"));
  EXPECT_THAT(Excluded("[a-c]x\n", "ax dx cx"), ElementsAre("ax", "cx"));
  EXPECT_THAT(Excluded("[^f]x\n", "ax fx"), ElementsAre("ax"));
  EXPECT_THAT(Excluded("\\#a\n\\!b\n", "#a !b"), ElementsAre("#a", "!b"));
}

TEST(IgnoreFile, DoubleStar) {
  EXPECT_THAT(Excluded("a/**\n", "a a/b a/b/c"), ElementsAre("a/b", "a/b/c"));
  EXPECT_THAT(Excluded("**foo\n", "foo xfoo a/xfoo foox"), ElementsAre("foo", "xfoo", "a/xfoo"));
  EXPECT_THAT(Excluded("a/**/b\n", "a/b a/x/b a/x/y/b xa/b"),
              ElementsAre("a/b", "a/x/b", "a/x/y/b"));
  EXPECT_THAT(Excluded("**/*.go\n", "x.go a/x.go a/b"), ElementsAre("x.go", "a/x.go"));
  EXPECT_THAT(Excluded("**\n", "a a/b"), ElementsAre("a", "a/b"));
  EXPECT_THAT(Excluded("a**\n", "a ab a/b b"), ElementsAre("a", "ab", "a/b"));
  EXPECT_THAT(Excluded("a**b\n", "ab ax/b a/b axb"), ElementsAre("ab", "ax/b", "a/b"));
}

TEST(IgnoreFile, CaseMatters) { EXPECT_THAT(Excluded("A\n", "a A"), ElementsAre("A")); }

TEST(IgnoreFile, LastMatchingLineWins) {
  EXPECT_THAT(Excluded("*\n!src\nsrc/tmp\n", "a src src/a src/tmp src/tmp/x"),
              ElementsAre("a", "src/tmp", "src/tmp/x"));
  EXPECT_THAT(Excluded("*.md\n! README.md\n", "a.md README.md"), ElementsAre("a.md"));
  EXPECT_THAT(Excluded("*\n!sub/keep\n", "sub/keep sub/other sub"),
              ElementsAre("sub/other", "sub"));
}

TEST(IgnoreFile, PruningKnowsWhereSomethingMayComeBack) {
  const IgnoreFile file = IgnoreFile::Parse("*\n!sub/keep\n!x/*/y\n");
  EXPECT_TRUE(file.MayIncludeBelow("sub"));
  EXPECT_FALSE(file.MayIncludeBelow("other"));
  EXPECT_FALSE(file.MayIncludeBelow("sub/no"));
  EXPECT_TRUE(file.MayIncludeBelow("sub/keep/deep"));
  EXPECT_TRUE(file.MayIncludeBelow("x/anything"));
  EXPECT_FALSE(IgnoreFile::Parse("*\n").MayIncludeBelow("sub"));
  EXPECT_TRUE(IgnoreFile::Parse("*\n!**/k\n").MayIncludeBelow("a/b"));
}

TEST(IgnoreFile, AnEscapedSlashIsASlash) {
  EXPECT_TRUE(IgnoreFile::Parse("d\\/a\n").Excluded("d/a"));
  EXPECT_TRUE(IgnoreFile::Parse("d\\\\/a\n").Excluded("d\\/a"));
}

TEST(IgnoreFile, FromPatterns) {
  const IgnoreFile file = IgnoreFile::FromPatterns({"*.txt", "!keep.txt"});
  EXPECT_TRUE(file.Excluded("a.txt"));
  EXPECT_FALSE(file.Excluded("keep.txt"));
  EXPECT_FALSE(IgnoreFile::FromPatterns({"/a.txt"}).Excluded("a.txt"));
  EXPECT_TRUE(IgnoreFile::FromPatterns({"*", "!/a.txt"}).Excluded("a.txt"));
}

struct MatchCase {
  std::string_view pattern;
  std::string_view path;
  bool matches;
};

// The rows of Go's own documentation and what follows from them.
TEST(PathPattern, ElementDialect) {
  for (const MatchCase& row : {MatchCase{"abc", "abc", true},
                               {"*", "abc", true},
                               {"*c", "abc", true},
                               {"a*", "a", true},
                               {"a*", "ab/c", false},
                               {"a*/b", "abc/b", true},
                               {"a*/b", "a/c/b", false},
                               {"a*b*c*d*e*/f", "axbxcxdxe/f", true},
                               {"a*b?c*x", "abxbbxdbxebxczzx", true},
                               {"a*b?c*x", "abxbbxdbxebxczzy", false},
                               {"ab[c]", "abc", true},
                               {"ab[b-d]", "abc", true},
                               {"ab[e-g]", "abc", false},
                               {"ab[^c]", "abc", false},
                               {"ab[^e-g]", "abc", true},
                               {"a\\*b", "a*b", true},
                               {"a\\*b", "ab", false},
                               {"a?b", "a\u263ab", true},
                               {"a[^a]b", "a\u263ab", true},
                               {"a???b", "a\u263ab", false},
                               {"[a-\u03b6]*", "\u03b1", true},
                               {"*[a-\u03b6]", "A", false},
                               {"a?b", "a/b", false},
                               {"a*b", "a/b", false},
                               {"[\\]a]", "]", true},
                               {"[\\-x]", "-", true},
                               {"arr[[]0].txt", "arr[0].txt", true},
                               {"**", "a/b", false},
                               {"**", "ab", true},
                               {"a/**/b", "a/x/b", true},
                               {"a/**/b", "a/b", false}}) {
    EXPECT_EQ(PathPattern(row.pattern, PatternDialect::kElements).Matches(row.path), row.matches)
        << row.pattern << " " << row.path;
  }
}

TEST(PathPattern, HasWildcard) {
  EXPECT_TRUE(HasWildcard("a*"));
  EXPECT_TRUE(HasWildcard("arr[[]0].txt"));
  EXPECT_FALSE(HasWildcard("a\\*"));
  EXPECT_FALSE(HasWildcard("plain]"));
}

// Each of these makes a backtracking matcher try 2^n ways.
TEST(PathPattern, ManyStarsStayFast) {
  std::string stars;
  std::string deep;
  for (int i = 0; i < 30; ++i) {
    stars += "*a";
    deep += "**/a/";
  }
  const std::string name(4000, 'a');
  std::string path;
  for (int i = 0; i < 1000; ++i) path += "a/";
  EXPECT_FALSE(PathPattern(stars + "b", PatternDialect::kElements).Matches(name));
  EXPECT_FALSE(PathPattern(deep + "b", PatternDialect::kDeep).Matches(path));
  ExpectError(ErrorKind::kInvalidInput, "syntax error in pattern",
              [] { PathPattern("a**b**c**d**e**f**g**h", PatternDialect::kDeep); });
}

}  // namespace
}  // namespace ibuild::parser
