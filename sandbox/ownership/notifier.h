// The thread that answers a step's stopped calls.
//
// It stands in the step's own mounts, with the step's own rights and no more: whatever a hostile
// step makes it do by changing memory or files under its hands, the step could have done itself.
// It ends when the last process of the step has.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <thread>

#include "support/fd.h"

namespace ibuild::builder {

// Where things are recorded that the kernel refuses: devices alone where a step has many ids,
// which may give files to each other; owners, too, where it has one.
struct RecordedFiles {
  std::filesystem::path directory;  // what the step writes into, on the host; empty: nowhere
  bool devices_only = false;
};

// `listener`: where the calls that OwnershipGuard stops come from. `sockets`: calls that make a
// socket are written there, as the numbers (u64) by which SECCOMP_IOCTL_NOTIF_SEND knows them, for
// somebody else to answer.
std::jthread AnswerOwnershipCalls(pid_t init, UniqueFd listener, RecordedFiles recorded,
                                  UniqueFd sockets);

}  // namespace ibuild::builder
