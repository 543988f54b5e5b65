#include "oci/layer_id.h"

#include <gtest/gtest.h>

namespace ibuild::oci {
namespace {

TEST(ChainId, OfOneLayerIsItsDiffId) {
  const DiffId layer{Digest::OfText("a")};
  EXPECT_EQ(ComputeChainIds({layer}).at(0).digest, layer.digest);
  EXPECT_TRUE(ComputeChainIds({}).empty());
}

TEST(ChainId, FollowsTheFormulaOfTheImageSpec) {
  const DiffId a{Digest::OfText("a")};
  const DiffId b{Digest::OfText("b")};
  const DiffId c{Digest::OfText("c")};
  const auto chain = ComputeChainIds({a, b, c});
  ASSERT_EQ(chain.size(), 3u);
  EXPECT_EQ(chain[1].digest, Digest::OfText(a.ToString() + " " + b.ToString()));
  EXPECT_EQ(chain[2].digest, Digest::OfText(chain[1].ToString() + " " + c.ToString()));
}

// The well-known name that Docker shows for layers without entries.
TEST(EmptyLayer, HasTheWellKnownName) {
  EXPECT_EQ(EmptyLayerId().ToString(),
            "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef");
}

}  // namespace
}  // namespace ibuild::oci
