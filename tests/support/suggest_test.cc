#include "support/suggest.h"

#include <gtest/gtest.h>

namespace ibuild {
namespace {

TEST(EditDistance, CountsEdits) {
  EXPECT_EQ(EditDistance("", ""), 0u);
  EXPECT_EQ(EditDistance("kitten", "sitting"), 3u);
  EXPECT_EQ(EditDistance("FROM", "from"), 0u);
  EXPECT_EQ(EditDistance("", "abc"), 3u);
}

TEST(ClosestMatch, TakesTheNearestWithinTheLimit) {
  const std::vector<std::string> names = {"build", "push", "pull", "prune"};
  EXPECT_EQ(ClosestMatch("biuld", names), "build");
  EXPECT_EQ(ClosestMatch("pus", names), "push");
  EXPECT_EQ(ClosestMatch("pus", {"ps", "push"}), "push");
  EXPECT_EQ(ClosestMatch("entirely", names), std::nullopt);
  EXPECT_EQ(ClosestMatch("push", {"push"}), std::nullopt);
}

TEST(ClosestMatch, DoesNotSuggestWhatSharesNothing) {
  EXPECT_EQ(ClosestMatch("ab", {"xy"}), std::nullopt);
}

}  // namespace
}  // namespace ibuild
