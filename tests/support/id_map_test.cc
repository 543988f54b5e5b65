#include "support/id_map.h"

#include <gtest/gtest.h>

namespace ibuild {
namespace {

const IdMap kRootless({{0, 1000, 1}, {1, 100000, 65536}});

TEST(IdMap, MapsBothWays) {
  EXPECT_EQ(kRootless.ToOutside(0), 1000u);
  EXPECT_EQ(kRootless.ToOutside(1), 100000u);
  EXPECT_EQ(kRootless.ToOutside(65536), 165535u);
  EXPECT_EQ(kRootless.ToInside(1000), 0u);
  EXPECT_EQ(kRootless.ToInside(165535), 65536u);
}

TEST(IdMap, KnowsWhatItDoesNotMap) {
  EXPECT_EQ(kRootless.ToOutside(65537), std::nullopt);
  EXPECT_EQ(kRootless.ToInside(0), std::nullopt);
  EXPECT_EQ(kRootless.ToInside(99999), std::nullopt);
  EXPECT_EQ(IdMap().ToOutside(0), std::nullopt);
}

TEST(IdMap, RangesMayReachTheLastId) {
  const IdMap identity({{0, 0, 4294967295u}});
  EXPECT_EQ(identity.ToOutside(4294967294u), 4294967294u);
  EXPECT_EQ(identity.ToOutside(4294967295u), std::nullopt);
}

TEST(IdMap, CountsAndWritesAsTheKernelReads) {
  EXPECT_EQ(kRootless.Count(), 65537u);
  EXPECT_EQ(kRootless.ToProcFormat(), "0 1000 1\n1 100000 65536\n");
}

}  // namespace
}  // namespace ibuild
