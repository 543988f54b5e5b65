#include "builder/solve/log_tail.h"

#include <gtest/gtest.h>

namespace ibuild::builder {
namespace {

using std::chrono::milliseconds;

TEST(LogTail, IsNothingForASilentStep) { EXPECT_EQ(LogTail().Render("x"), ""); }

TEST(LogTail, ShowsLinesWithTheTimeTheyBegan) {
  const LogTail::Clock::time_point start;
  LogTail tail(start);
  tail.Add("one\ntw", start + milliseconds(77));
  tail.Add("o\nopen", start + milliseconds(1500));
  EXPECT_EQ(tail.Render("[2/3] RUN x"),
            "------\n > [2/3] RUN x:\n0.077 one\n0.077 two\n1.500 open\n------");
}

TEST(LogTail, KeepsTheLastTenLines) {
  const LogTail::Clock::time_point start;
  LogTail tail(start);
  for (int i = 0; i < 100; ++i) tail.Add(std::to_string(i) + "\n", start);
  const std::string text = tail.Render("x");
  EXPECT_EQ(text.find("89"), std::string::npos);
  EXPECT_NE(text.find("0.000 90\n"), std::string::npos);
  EXPECT_NE(text.find("0.000 99\n"), std::string::npos);
}

TEST(LogTail, ALineWithoutEndStaysSmall) {
  LogTail tail;
  for (int i = 0; i < 1000; ++i) tail.Add(std::string(1000, 'x'));
  EXPECT_LT(tail.Render("x").size(), 5000u);
}

}  // namespace
}  // namespace ibuild::builder
