#include "support/receive_message.h"

#include <cerrno>
#include <cstddef>

namespace ibuild {

ssize_t ReceiveMessage(int socket, msghdr* message, int flags) {
  const std::size_t space = message->msg_controllen;
  for (;;) {
    message->msg_controllen = space;  // a call that fails leaves none
    const ssize_t size = ::recvmsg(socket, message, flags);
    if (size >= 0 || (errno != EINTR && errno != ECONNRESET)) return size;
  }
}

}  // namespace ibuild
