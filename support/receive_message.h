// Receiving from a socket whose other end may be gone already.
#pragma once

#include <sys/socket.h>

namespace ibuild {

// recvmsg(2) that is not interrupted and hears the last words of the other end: where that went and
// left something of ours unread, the kernel says ECONNRESET once, before what waits to be read.
ssize_t ReceiveMessage(int socket, msghdr* message, int flags);

}  // namespace ibuild
