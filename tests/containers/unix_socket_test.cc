#include "containers/state/unix_socket.h"

#include <gtest/gtest.h>

namespace ibuild::containers {
namespace {

// A container that ends at once has not read the end of its input, and its last word is the code.
TEST(UnixSocket, TheLastWordsOfWhoLeftSomethingUnreadAreHeard) {
  SocketPair pair = MakeSocketPair();
  SendMessage(pair.ours.get(), "unread");
  SendMessage(pair.theirs.get(), "last words");
  pair.theirs.Reset();
  const auto message = ReceiveMessage(pair.ours.get());
  ASSERT_TRUE(message);
  EXPECT_EQ(message->bytes, "last words");
  EXPECT_EQ(ReceiveMessage(pair.ours.get())->bytes, "") << "and that was all";
}

}  // namespace
}  // namespace ibuild::containers
