#include "builder/solve/ready_queue.h"

#include <gtest/gtest.h>

namespace ibuild::builder {
namespace {

TEST(ReadyQueue, NothingToDoIsDone) {
  ReadyQueue queue({});
  EXPECT_TRUE(queue.AllDone());
  EXPECT_EQ(queue.Take(), std::nullopt);
}

TEST(ReadyQueue, GivesAChainInOrder) {
  ReadyQueue queue({{}, {0}, {1}});
  EXPECT_EQ(queue.Take(), 0u);
  EXPECT_EQ(queue.Take(), std::nullopt);
  EXPECT_EQ(queue.running(), 1u);
  queue.Finish(0);
  EXPECT_EQ(queue.Take(), 1u);
  queue.Finish(1);
  EXPECT_FALSE(queue.AllDone());
  EXPECT_EQ(queue.Take(), 2u);
  queue.Finish(2);
  EXPECT_TRUE(queue.AllDone());
}

TEST(ReadyQueue, IndependentVerticesAreReadyTogether) {
  ReadyQueue queue({{}, {}, {0, 1}});
  EXPECT_EQ(queue.Take(), 0u);
  EXPECT_TRUE(queue.HasReady());
  EXPECT_EQ(queue.Take(), 1u);
  EXPECT_FALSE(queue.HasReady());
  queue.Finish(1);
  EXPECT_EQ(queue.Take(), std::nullopt);
  queue.Finish(0);
  EXPECT_EQ(queue.Take(), 2u);
}

TEST(ReadyQueue, AnInputNamedTwiceIsWaitedForOnce) {
  ReadyQueue queue({{}, {0, 0}});
  queue.Take();
  queue.Finish(0);
  EXPECT_EQ(queue.Take(), 1u);
}

}  // namespace
}  // namespace ibuild::builder
