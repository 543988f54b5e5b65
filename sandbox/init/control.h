// Talking to the executor over the control socket.
#pragma once

#include "sandbox/init/wire.h"

namespace ibuild::builder::init {

// Sends an event, with a descriptor attached unless `fd` is negative. Returns 0 or minus errno.
long SendEvent(const wire::Event& event, int fd = -1);

// Waits for the executor's next message. Descriptors that come with it are stored in `fds`, at most
// `capacity`; their number is returned, or minus errno. The end of the conversation is -EPIPE.
long ReceiveCommand(wire::Command* command, int* fds, uint32_t capacity);

}  // namespace ibuild::builder::init
