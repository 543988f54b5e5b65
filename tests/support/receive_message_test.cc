#include "support/receive_message.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <string_view>

namespace ibuild {
namespace {

TEST(ReceiveMessage, HearsTheLastWordsOfWhoLeftSomethingUnread) {
  std::array<int, 2> ends = {};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()), 0);
  ASSERT_EQ(::send(ends[0], "unread", 6, 0), 6);
  ASSERT_EQ(::send(ends[1], "last words", 10, 0), 10);
  ::close(ends[1]);
  std::array<char, 32> bytes = {};
  iovec part = {bytes.data(), bytes.size()};
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  ASSERT_EQ(ReceiveMessage(ends[0], &message, MSG_DONTWAIT), 10);
  EXPECT_EQ(std::string_view(bytes.data(), 10), "last words");
  EXPECT_EQ(ReceiveMessage(ends[0], &message, MSG_DONTWAIT), 0) << "and that was all";
  ::close(ends[0]);
}

}  // namespace
}  // namespace ibuild
