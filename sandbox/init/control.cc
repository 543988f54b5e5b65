#include "sandbox/init/control.h"

#include <asm/unistd.h>
#include <linux/errno.h>

#include "sandbox/init/syscalls.h"

namespace ibuild::builder::init {
namespace {

// struct msghdr, cmsghdr and iovec as the kernel knows them on 64-bit machines.
struct Iovec {
  void* base;
  size_t length;
};
struct MessageHeader {
  void* name;
  int name_length;
  Iovec* parts;
  size_t part_count;
  void* control;
  size_t control_length;
  unsigned flags;
};
struct ControlHeader {
  size_t length;
  int level;
  int type;
};

constexpr int kSolSocket = 1;
constexpr int kScmRights = 1;
constexpr int kMessageNoSignal = 0x4000;
constexpr int kMessageCloseOnExec = 0x40000000;
constexpr uint32_t kMaxDescriptors = 253;  // SCM_MAX_FD

struct RightsBuffer {
  ControlHeader header;
  int fds[kMaxDescriptors + 1];
};

}  // namespace

long SendEvent(const wire::Event& event, int fd) {
  wire::Event copy = event;
  Iovec part{&copy, sizeof copy};
  RightsBuffer rights{};
  rights.header = {sizeof(ControlHeader) + sizeof(int), kSolSocket, kScmRights};
  rights.fds[0] = fd;
  MessageHeader message{};
  message.parts = &part;
  message.part_count = 1;
  if (fd >= 0) {
    message.control = &rights;
    message.control_length = sizeof(ControlHeader) + sizeof(size_t);
  }
  const long sent = Call(__NR_sendmsg, wire::kControlFd, AsLong(&message), kMessageNoSignal);
  return sent < 0 ? sent : 0;
}

long ReceiveCommand(wire::Command* command, int* fds, uint32_t capacity) {
  Iovec part{command, sizeof *command};
  RightsBuffer rights{};
  MessageHeader message{};
  message.parts = &part;
  message.part_count = 1;
  message.control = &rights;
  message.control_length = sizeof rights;
  long got = -EINTR;
  while (got == -EINTR) {
    got = Call(__NR_recvmsg, wire::kControlFd, AsLong(&message), kMessageCloseOnExec);
  }
  if (got < 0) return got;
  if (got == 0) return -EPIPE;
  if (message.control_length < sizeof(ControlHeader)) return 0;
  const uint32_t count =
      static_cast<uint32_t>((rights.header.length - sizeof(ControlHeader)) / sizeof(int));
  if (count > capacity) return -E2BIG;
  for (uint32_t i = 0; i < count; ++i) fds[i] = rights.fds[i];
  return count;
}

}  // namespace ibuild::builder::init
