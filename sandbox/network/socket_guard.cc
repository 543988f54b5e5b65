#include "sandbox/network/socket_guard.h"

#include <linux/filter.h>
#include <linux/net.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <cstddef>
#include <cstdint>

#include "sandbox/seccomp/native_arch.h"

namespace ibuild::builder {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kSmallSocket = 359;      // socket(2) of the 32-bit programs that run here
constexpr std::uint32_t kSmallSocketCall = 102;  // socketcall(2), whose family is in memory
#elif defined(__aarch64__)
constexpr std::uint32_t kSmallSocket = 281;
constexpr std::uint32_t kSmallSocketCall = 102;
#else
#error "no socket guard for this architecture"
#endif

constexpr wire::FilterInstruction Load(std::size_t offset) {
  return {BPF_LD | BPF_W | BPF_ABS, 0, 0, static_cast<std::uint32_t>(offset)};
}
constexpr wire::FilterInstruction IfEqual(std::uint32_t k, std::uint8_t yes, std::uint8_t no) {
  return {BPF_JMP | BPF_JEQ | BPF_K, yes, no, k};
}
constexpr wire::FilterInstruction Return(std::uint32_t action) {
  return {BPF_RET | BPF_K, 0, 0, action};
}

// The low half, which is what the kernel takes: the machines we know are little-endian.
constexpr std::size_t Argument(std::size_t number) {
  return offsetof(seccomp_data, args) + number * sizeof(__u64);
}

// Jumps say how many instructions are left out.
constexpr wire::FilterInstruction kGuard[] = {
    Load(offsetof(seccomp_data, arch)),
    IfEqual(kNativeArch, 0, 2),
    Load(offsetof(seccomp_data, nr)),
    IfEqual(SYS_socket, 3, 11),
    Load(offsetof(seccomp_data, nr)),  // 32 bits
    IfEqual(kSmallSocket, 1, 0),
    IfEqual(kSmallSocketCall, 5, 8),
    Load(Argument(0)),  // the family
    IfEqual(AF_UNIX, 6, 0),
    IfEqual(AF_NETLINK, 0, 4),
    Load(Argument(2)),  // the protocol
    IfEqual(NETLINK_ROUTE, 2, 3),
    Load(Argument(0)),  // what socketcall(2) is to call
    IfEqual(SYS_SOCKET, 0, 1),
    Return(SECCOMP_RET_USER_NOTIF),
    Return(SECCOMP_RET_ALLOW),
};

}  // namespace

std::span<const wire::FilterInstruction> SocketGuard() { return kGuard; }

}  // namespace ibuild::builder
