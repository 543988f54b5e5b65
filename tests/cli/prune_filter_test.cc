#include "cli/containers/prune_filter.h"

#include <gtest/gtest.h>

#include "cli/containers/filter_text.h"
#include "tests/expect_error.h"

namespace ibuild::cli {
namespace {

using Labels = std::map<std::string, std::string>;

constexpr std::int64_t kHour = 3600;

std::int64_t HoursAgo(std::int64_t hours) {
  return (Now().seconds - hours * kHour) * 1'000'000'000;
}

PruneFilter FilterOf(const std::vector<std::string>& texts) {
  PruneFilter filter;
  for (const std::string& text : texts) filter.Add(text);
  return filter;
}

TEST(PruneFilter, WithoutOneEverythingGoes) {
  EXPECT_TRUE(PruneFilter().IsEmpty());
  EXPECT_TRUE(PruneFilter().Matches({}, HoursAgo(0)));
}

TEST(PruneFilter, WhatIsYoungerThanUntilStays) {
  const PruneFilter filter = FilterOf({"until=24h"});
  EXPECT_TRUE(filter.Matches({}, HoursAgo(25)));
  EXPECT_FALSE(filter.Matches({}, HoursAgo(23)));
  EXPECT_FALSE(filter.IsEmpty());
  EXPECT_FALSE(filter.HasLabels());
}

TEST(PruneFilter, AllLabelsMustBeThere) {
  const PruneFilter filter = FilterOf({"label=kind=test", "label=old", "label!=keep"});
  EXPECT_TRUE(filter.Matches({{"kind", "test"}, {"old", ""}}, HoursAgo(0)));
  EXPECT_FALSE(filter.Matches({{"kind", "test"}}, HoursAgo(0)));
  EXPECT_FALSE(filter.Matches({{"kind", "other"}, {"old", ""}}, HoursAgo(0)));
  EXPECT_FALSE(filter.Matches({{"kind", "test"}, {"old", ""}, {"keep", "yes"}}, HoursAgo(0)));
}

TEST(PruneFilter, OfSeveralUnwantedLabelsOneIsEnoughToStay) {
  const PruneFilter filter = FilterOf({"label!=a=1", "label!=b"});
  EXPECT_TRUE(filter.Matches({{"a", "2"}}, HoursAgo(0)));
  EXPECT_FALSE(filter.Matches({{"a", "1"}}, HoursAgo(0)));
  EXPECT_FALSE(filter.Matches({{"b", ""}}, HoursAgo(0)));
}

TEST(PruneFilter, WhatItDoesNotKnowIsAnError) {
  ExpectError(ErrorKind::kUsage, "there is no filter \"unitl\"", [] { FilterOf({"unitl=24h"}); });
  ExpectError(ErrorKind::kUsage, "has no value", [] { FilterOf({"label="}); });
  ExpectError(ErrorKind::kUsage, "has no value", [] { FilterOf({"until"}); });
  ExpectError(ErrorKind::kUsage, "is no time", [] { FilterOf({"until=tomorrow"}); });
  ExpectError(ErrorKind::kUsage, "more than one until", [] { FilterOf({"until=1h", "until=2h"}); });
}

TEST(PruneFilter, VolumesHaveNoUntil) {
  FilterOf({"label=a"}).RefuseUntil();
  ExpectError(ErrorKind::kUsage, "not supported for volumes",
              [] { FilterOf({"until=1h"}).RefuseUntil(); });
}

TEST(FilterText, TellsTheNearestName) {
  EXPECT_EQ(ParseFilter("label=a=b", {"label"}).value, "a=b");
  const auto error = CatchError([] { ParseFilter("nmae=x", {"name", "driver"}); });
  EXPECT_EQ(error->hint(), "did you mean `name`?");
}

}  // namespace
}  // namespace ibuild::cli
