#include "support/clean_path.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/expect_error.h"

namespace ibuild {
namespace {

struct ParseCase {
  const char* text;
  const char* clean;
};

class CleanPathParse : public testing::TestWithParam<ParseCase> {};

TEST_P(CleanPathParse, IsLexicallyNormalAndNeverClimbs) {
  EXPECT_EQ(CleanPath::Parse(GetParam().text).text(), GetParam().clean);
}

INSTANTIATE_TEST_SUITE_P(
    Table, CleanPathParse,
    testing::Values(ParseCase{"", ""}, ParseCase{"/", ""}, ParseCase{".", ""}, ParseCase{"..", ""},
                    ParseCase{"a", "a"}, ParseCase{"/a/b/", "a/b"}, ParseCase{"a//b", "a/b"},
                    ParseCase{"./a/./b/.", "a/b"}, ParseCase{"a/../b", "b"},
                    ParseCase{"../../x", "x"}, ParseCase{"/../../etc/passwd", "etc/passwd"},
                    ParseCase{"a/b/../../../../c", "c"}, ParseCase{"...", "..."},
                    ParseCase{"a/..b", "a/..b"}, ParseCase{"a b/\xff", "a b/\xff"}));

TEST(CleanPath, RefusesNul) {
  ExpectError(ErrorKind::kInvalidInput, "NUL",
              [] { CleanPath::Parse(std::string_view("a\0b", 3)); });
}

TEST(CleanPath, RefusesElementsThatNoFileSystemTakes) {
  EXPECT_EQ(CleanPath::Parse(std::string(255, 'x')).text().size(), 255u);
  ExpectError(ErrorKind::kInvalidInput, "longer than 255",
              [] { CleanPath::Parse("a/" + std::string(256, 'x')); });
}

TEST(CleanPath, KnowsItsForms) {
  const CleanPath path = CleanPath::Parse("/a/b");
  EXPECT_EQ(path.Absolute(), "/a/b");
  EXPECT_EQ(path.ForOpen(), "a/b");
  EXPECT_EQ(path.Parent().text(), "a");
  EXPECT_EQ(path.Name(), "b");
  EXPECT_EQ(CleanPath().Absolute(), "/");
  EXPECT_EQ(CleanPath().ForOpen(), ".");
  EXPECT_EQ(CleanPath().Parent(), CleanPath());
  EXPECT_EQ(CleanPath().Name(), "");
  EXPECT_TRUE(CleanPath().Elements().empty());
  EXPECT_EQ(path.Elements().size(), 2u);
}

TEST(CleanPath, ChildIsOneElement) {
  EXPECT_EQ(CleanPath::Parse("a").Child("b").text(), "a/b");
  for (const char* name : {"", ".", "..", "x/y", "/"}) {
    ExpectError(ErrorKind::kInvalidInput, "not a file name",
                [&] { CleanPath::Parse("a").Child(name); });
  }
}

TEST(CleanPath, JoinClampsAtTheRoot) {
  EXPECT_EQ(CleanPath::Parse("a/b").Join("../../../c").text(), "c");
}

TEST(CleanPath, ContainsItselfAndWhatIsBelowButNoNamesakes) {
  const CleanPath a = CleanPath::Parse("a");
  EXPECT_TRUE(a.Contains(a));
  EXPECT_TRUE(a.Contains(CleanPath::Parse("a/b")));
  EXPECT_FALSE(a.Contains(CleanPath::Parse("ab")));
  EXPECT_FALSE(a.Contains(CleanPath()));
  EXPECT_TRUE(CleanPath().Contains(a));
}

TEST(CleanPath, OrdersADirectoryBeforeItsChildrenAndThoseBeforeItsNamesakes) {
  std::vector<CleanPath> paths;
  for (const char* text : {"a-b", "a/b", "a.b", "a", "a/b/c", "a/a-", "", "b"}) {
    paths.push_back(CleanPath::Parse(text));
  }
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> sorted;
  for (const CleanPath& path : paths) sorted.push_back(path.text());
  EXPECT_EQ(sorted, (std::vector<std::string>{"", "a", "a/a-", "a/b", "a/b/c", "a-b", "a.b", "b"}));
}

}  // namespace
}  // namespace ibuild
