// The filter that tells the executor when a command is about to use its network: each socket(2)
// but those of AF_UNIX and of the parts of AF_NETLINK that are not about networks (useradd(8) talks
// to the kernel's audit) is notified (seccomp_unotify(2)) and waits for an answer. It decides
// nothing: what is not permitted is refused by the filter of seccomp/, whose errors weigh more.
#pragma once

#include <span>

#include "sandbox/init/wire.h"

namespace ibuild::builder {

std::span<const wire::FilterInstruction> SocketGuard();

}  // namespace ibuild::builder
