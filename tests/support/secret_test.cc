#include "support/secret.h"

#include <gtest/gtest.h>

#include <utility>

namespace ibuild {
namespace {

TEST(Secret, FormatsAsStars) {
  EXPECT_EQ(fmt::format("password {}", Secret("hunter2")), "password ****");
}

TEST(Secret, RevealsOnRequestOnly) { EXPECT_EQ(Secret("hunter2").Reveal(), "hunter2"); }

TEST(Secret, Compares) {
  EXPECT_EQ(Secret("a"), Secret("a"));
  EXPECT_FALSE(Secret("a") == Secret("b"));
  EXPECT_FALSE(Secret("a") == Secret("ab"));
  EXPECT_EQ(Secret(), Secret(""));
}

TEST(Secret, MovedFromHoldsNoBytes) {
  Secret from("short");  // fits the string itself, which a plain move would only copy
  const char* const buffer = from.Reveal().data();
  const Secret to = std::move(from);
  EXPECT_EQ(to.Reveal(), "short");
  EXPECT_EQ(std::string_view(buffer, 5), std::string_view("\0\0\0\0\0", 5));
}

TEST(Secret, AssignmentWipesWhatWasThere) {
  Secret secret("first, long enough for the heap, so that it has a buffer");
  secret = Secret("second");
  EXPECT_EQ(secret.Reveal(), "second");
  const Secret copy = secret;
  secret = copy;
  EXPECT_EQ(secret, copy);
}

}  // namespace
}  // namespace ibuild
