#include "builder/plan/field_text.h"

#include <gtest/gtest.h>

namespace ibuild::builder {
namespace {

using namespace std::chrono_literals;

TEST(FieldText, DurationsAsGoPrintsThem) {
  EXPECT_EQ(DurationText(0s), "0s");
  EXPECT_EQ(DurationText(1h), "1h0m0s");
  EXPECT_EQ(DurationText(90s), "1m30s");
  EXPECT_EQ(DurationText(5min), "5m0s");
  EXPECT_EQ(DurationText(1500ms), "1.5s");
  EXPECT_EQ(DurationText(500ms), "500ms");
  EXPECT_EQ(DurationText(1ms), "1ms");
  EXPECT_EQ(DurationText(1500us), "1.5ms");
  EXPECT_EQ(DurationText(2us), "2µs");
  EXPECT_EQ(DurationText(7ns), "7ns");
  EXPECT_EQ(DurationText(25h + 61s + 1ns), "25h1m1.000000001s");
}

TEST(FieldText, Lists) {
  EXPECT_EQ(QuotedListText({}), "[]");
  EXPECT_EQ(QuotedListText({"/bin/sh", "-c", "a \"b\""}), "[\"/bin/sh\" \"-c\" \"a \\\"b\\\"\"]");
  EXPECT_EQ(ListText({"/bin/sh", "-c", "a b"}), "[/bin/sh -c a b]");
}

TEST(FieldText, HeredocSummaries) {
  EXPECT_EQ(HeredocSummary("one\n"), "one");
  EXPECT_EQ(HeredocSummary("\n  one \r\ntwo\n"), "one...");
  EXPECT_EQ(HeredocSummary(""), "");
}

}  // namespace
}  // namespace ibuild::builder
