// What a monitor and those who are attached to its container say to each other: messages of one
// letter and its bytes, over a SOCK_SEQPACKET socket (state/unix_socket.h). Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace ibuild::containers {

enum class MessageKind : char {
  // To the monitor. The first one says what is wanted.
  kAttach = 'a',      // output and, with "i", input
  kAwait = 'q',       // only the exit code
  kInput = 'i',       // bytes for standard input
  kInputEnd = 'c',    // no more of it
  kResize = 'w',      // "ROWS COLUMNS"
  kSignal = 's',      // a number: for the container
  kConnect = 'n',     // JSON: join this network
  kDisconnect = 'd',  // leave the network of this name
  // From the monitor.
  kOutput = 'o',
  kErrors = 'e',
  kExit = 'x',    // the exit code; the last message
  kDone = 'k',    // kConnect or kDisconnect worked
  kFailed = 'f',  // it did not: why
};

inline constexpr std::size_t kLargestPart = 32U << 10;  // of a stream, in one message

struct SessionMessage {
  MessageKind kind;
  std::string_view text;
};

inline std::string Encode(MessageKind kind, std::string_view text = {}) {
  return std::string(1, static_cast<char>(kind)).append(text);
}
// `bytes` is not empty.
inline SessionMessage Decode(std::string_view bytes) {
  return {static_cast<MessageKind>(bytes.front()), bytes.substr(1)};
}

}  // namespace ibuild::containers
