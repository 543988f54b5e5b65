#include "builder/explain/alignment.h"

#include <gtest/gtest.h>

#include <string>

namespace ibuild::builder {
namespace {

using Texts = std::vector<std::string_view>;
using Places = std::vector<std::optional<std::size_t>>;

TEST(Alignment, WhatIsPutInMovesNothing) {
  EXPECT_EQ(Align({"RUN new", "RUN a", "RUN b"}, {"RUN a", "RUN b"}), (Places{{}, 0, 1}));
  EXPECT_EQ(Align({"RUN a", "RUN new", "RUN b"}, {"RUN a", "RUN b"}), (Places{0, {}, 1}));
  EXPECT_EQ(Align({"RUN a", "RUN b", "RUN new"}, {"RUN a", "RUN b"}), (Places{0, 1, {}}));
}

TEST(Alignment, WhatIsTakenOutMovesNothing) {
  EXPECT_EQ(Align({"RUN b", "RUN c"}, {"RUN a", "RUN b", "RUN c"}), (Places{1, 2}));
}

TEST(Alignment, WhatIsRewrittenIsTheSameInstruction) {
  EXPECT_EQ(Align({"RUN a", "RUN x", "RUN c"}, {"RUN a", "RUN b", "RUN c"}), (Places{0, 1, 2}));
  EXPECT_EQ(Align({"RUN a", "COPY x", "RUN c"}, {"RUN a", "RUN b", "RUN c"}), (Places{0, {}, 2}));
}

TEST(Alignment, EqualTextsComeBeforeEqualWords) {
  EXPECT_EQ(Align({"RUN y", "RUN x", "RUN b"}, {"RUN b", "RUN q", "RUN r"}), (Places{{}, {}, 0}));
}

TEST(Alignment, TextsThatComeTwiceKeepTheirOrder) {
  EXPECT_EQ(Align({"RUN a", "RUN a", "RUN b"}, {"RUN a", "RUN b"}), (Places{0, {}, 1}));
}

TEST(Alignment, OfNothing) {
  EXPECT_EQ(Align({}, {"RUN a"}), Places{});
  EXPECT_EQ(Align({"RUN a"}, {}), Places{std::nullopt});
}

TEST(Alignment, AGiantRecordOfSomebodyElseCostsLittle) {
  const std::vector<std::string> lines(3'000, "RUN x");
  Texts now(lines.begin(), lines.end());
  const Texts before(100'000, "RUN y");
  now.front() = before.front();
  const Places places = Align(now, before);
  EXPECT_EQ(places.front(), 0u);
  EXPECT_EQ(places.back(), std::nullopt);
}

}  // namespace
}  // namespace ibuild::builder
