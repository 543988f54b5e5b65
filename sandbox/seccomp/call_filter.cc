#include "sandbox/seccomp/call_filter.h"

#include <linux/filter.h>
#include <linux/seccomp.h>

#include <limits>

#include "sandbox/seccomp/native_arch.h"
#include "support/error.h"

namespace ibuild::builder {
namespace {

using wire::FilterInstruction;

FilterInstruction Load(std::size_t offset) {
  return {BPF_LD | BPF_W | BPF_ABS, 0, 0, static_cast<std::uint32_t>(offset)};
}

// Leaves out as many instructions as said.
FilterInstruction SkipUnless(int test, std::uint32_t operand, std::size_t count) {
  return {static_cast<std::uint16_t>(BPF_JMP | BPF_K | test), 0, static_cast<std::uint8_t>(count),
          operand};
}

FilterInstruction Return(std::uint32_t action) { return {BPF_RET | BPF_K, 0, 0, action}; }

}  // namespace

CallFilter::CallFilter() { native_.push_back(Load(offsetof(seccomp_data, nr))); }

void CallFilter::Stop(std::uint32_t call) {
  native_.push_back(SkipUnless(BPF_JEQ, call, 1));
  native_.push_back(Return(SECCOMP_RET_USER_NOTIF));
}

void CallFilter::StopWithBits(std::uint32_t call, std::size_t argument, std::uint32_t bits) {
  StopWhere(call, argument, BPF_JSET, bits);
}

void CallFilter::StopWithValue(std::uint32_t call, std::size_t argument, std::uint32_t value) {
  StopWhere(call, argument, BPF_JEQ, value);
}

void CallFilter::StopWhere(std::uint32_t call, std::size_t argument, int test,
                           std::uint32_t operand) {
  native_.push_back(SkipUnless(BPF_JEQ, call, 4));
  // The low half, which is what the kernel takes: the machines we know are little-endian.
  native_.push_back(Load(offsetof(seccomp_data, args) + argument * sizeof(__u64)));
  native_.push_back(SkipUnless(test, operand, 1));
  native_.push_back(Return(SECCOMP_RET_USER_NOTIF));
  native_.push_back(Return(SECCOMP_RET_ALLOW));
}

std::vector<FilterInstruction> CallFilter::Finish(std::span<const FilterInstruction> rest) && {
  if (native_.size() > std::numeric_limits<std::uint8_t>::max()) {  // what a jump can span
    throw Error(ErrorKind::kInternal, "a filter of system calls is too long");
  }
  std::vector<FilterInstruction> filter = {Load(offsetof(seccomp_data, arch)),
                                           SkipUnless(BPF_JEQ, kNativeArch, native_.size())};
  filter.insert(filter.end(), native_.begin(), native_.end());
  filter.insert(filter.end(), rest.begin(), rest.end());
  if (rest.empty()) filter.push_back(Return(SECCOMP_RET_ALLOW));
  return filter;
}

}  // namespace ibuild::builder
