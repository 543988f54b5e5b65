// Runs a seccomp filter without a kernel: the part of classic BPF that such filters are made of.
#pragma once

#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#include <cstdint>
#include <cstring>
#include <span>

#include "sandbox/init/wire.h"

namespace ibuild::builder {

inline bool Jumps(const wire::FilterInstruction& step, std::uint32_t value) {
  switch (BPF_OP(step.code)) {
    case BPF_JEQ:
      return value == step.k;
    case BPF_JGT:
      return value > step.k;
    case BPF_JGE:
      return value >= step.k;
    default:
      return (value & step.k) != 0;  // BPF_JSET
  }
}

// What the filter says to a call: SECCOMP_RET_… with its data.
inline std::uint32_t Decide(std::span<const wire::FilterInstruction> filter,
                            const seccomp_data& call) {
  std::uint32_t value = 0;
  for (std::size_t at = 0; at < filter.size(); ++at) {
    const wire::FilterInstruction& step = filter[at];
    switch (BPF_CLASS(step.code)) {
      case BPF_RET:
        return step.k;
      case BPF_LD:
        std::memcpy(&value, reinterpret_cast<const char*>(&call) + step.k, sizeof value);
        break;
      case BPF_ALU:
        value &= step.k;
        break;
      default:
        at += BPF_OP(step.code) == BPF_JA ? step.k
              : Jumps(step, value)        ? step.jump_true
                                          : step.jump_false;
    }
  }
  ADD_FAILURE() << "the filter has no end";
  return 0;
}

}  // namespace ibuild::builder
