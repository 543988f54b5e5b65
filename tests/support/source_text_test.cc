#include "support/source_text.h"

#include <gtest/gtest.h>

namespace ibuild {
namespace {

TEST(SourceText, LinesHaveNoEnds) {
  const SourceText source("Dockerfile", "one\r\ntwo\n\nfour");
  EXPECT_EQ(source.line_count(), 4u);
  EXPECT_EQ(source.Line(1), "one");
  EXPECT_EQ(source.Line(2), "two");
  EXPECT_EQ(source.Line(3), "");
  EXPECT_EQ(source.Line(4), "four");
  EXPECT_EQ(source.Line(0), "");
  EXPECT_EQ(source.Line(5), "");
}

TEST(SourceText, AFinalLineFeedEndsALineAndBeginsNone) {
  EXPECT_EQ(SourceText("x", "one\n").line_count(), 1u);
}

TEST(MakeExcerpt, TakesTwoLinesAroundOne) {
  const SourceText source("Dockerfile", "1\n2\n3\n4\n5\n6\n7\n");
  const Excerpt excerpt = MakeExcerpt(source, {{4, 0}, {4, 1}});
  EXPECT_EQ(excerpt.first_line, 2u);
  EXPECT_EQ(excerpt.lines, (std::vector<std::string>{"2", "3", "4", "5", "6"}));
}

TEST(MakeExcerpt, StopsAtTheEnds) {
  const SourceText source("Dockerfile", "1\n2\n");
  const Excerpt excerpt = MakeExcerpt(source, {{1, 0}, {1, 1}});
  EXPECT_EQ(excerpt.first_line, 1u);
  EXPECT_EQ(excerpt.lines.size(), 2u);
}

TEST(MakeExcerpt, TakesOneLineAroundSeveral) {
  const SourceText source("Dockerfile", "1\n2\n3\n4\n5\n6\n7\n");
  const Excerpt excerpt = MakeExcerpt(source, {{3, 0}, {4, 1}});
  EXPECT_EQ(excerpt.first_line, 2u);
  EXPECT_EQ(excerpt.lines.size(), 4u);
}

}  // namespace
}  // namespace ibuild
