// The architecture that filters made at run time are for: the one that we are built for.
#pragma once

#include <linux/audit.h>

#include <cstdint>

namespace ibuild::builder {

#if defined(__x86_64__)
inline constexpr std::uint32_t kNativeArch = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
inline constexpr std::uint32_t kNativeArch = AUDIT_ARCH_AARCH64;
#else
#error "no system call filter for this architecture"
#endif

}  // namespace ibuild::builder
