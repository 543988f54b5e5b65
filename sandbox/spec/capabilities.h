// The capabilities of a command, as masks of capabilities(7) bits.
#pragma once

#include <linux/capability.h>

#include <cstdint>
#include <initializer_list>

namespace ibuild::builder {

constexpr std::uint64_t CapabilityMask(std::initializer_list<int> capabilities) {
  std::uint64_t mask = 0;
  for (int capability : capabilities) mask |= std::uint64_t{1} << capability;
  return mask;
}

// Docker's fourteen: what RUN steps of published Dockerfiles have come to expect.
inline constexpr std::uint64_t kDefaultCapabilities =
    CapabilityMask({CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_FSETID, CAP_FOWNER, CAP_MKNOD, CAP_NET_RAW,
                    CAP_SETGID, CAP_SETUID, CAP_SETFCAP, CAP_SETPCAP, CAP_NET_BIND_SERVICE,
                    CAP_SYS_CHROOT, CAP_KILL, CAP_AUDIT_WRITE});
static_assert(kDefaultCapabilities == 0xa80425fb);

// Without a network raw sockets serve nobody.
inline constexpr std::uint64_t kLonelyCapabilities =
    kDefaultCapabilities & ~CapabilityMask({CAP_NET_RAW});

// With security=insecure: whatever ibuild itself holds.
inline constexpr std::uint64_t kAllCapabilities = ~std::uint64_t{0};

}  // namespace ibuild::builder
