// Messages between processes of one user on this machine: SOCK_SEQPACKET sockets in the store, so
// that every message arrives whole, with descriptors where that is the point.
//
// Sockets have mode 0600 below a directory of mode 0700; who connects is asked for his uid besides.
// Paths may be longer than sockaddr_un allows: they go by way of a descriptor of their directory.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/fd.h"

namespace ibuild::containers {

inline constexpr std::size_t kLargestMessage = 64U << 10;

// Replaces a socket that a dead process left.
UniqueFd ListenAt(const std::filesystem::path& path);
// Empty: nobody listens there.
UniqueFd ConnectTo(const std::filesystem::path& path);
// Empty: nobody came, or one of another user, who was turned away.
UniqueFd AcceptFrom(int listener);

struct SocketPair {
  UniqueFd ours;
  UniqueFd theirs;
};
SocketPair MakeSocketPair();

enum class SendResult { kSent, kFull, kGone };
// Waits only when `wait` is set.
SendResult SendMessage(int socket, std::string_view bytes, const std::vector<int>& descriptors = {},
                       bool wait = true);

struct ReceivedMessage {
  std::string bytes;  // empty: the other end is closed
  std::vector<UniqueFd> descriptors;
};
// Nothing: no message now (only without `wait`).
std::optional<ReceivedMessage> ReceiveMessage(int socket, bool wait = true);

}  // namespace ibuild::containers
