// CallFilter: a seccomp filter that hands some calls to a listener (seccomp_unotify(2)) and permits
// all others. It forbids nothing: that is the filter's that is made when ibuild is built, whose
// errors weigh more. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "sandbox/init/wire.h"

namespace ibuild::builder {

class CallFilter {
 public:
  CallFilter();

  void Stop(std::uint32_t call);
  // Only where one of these bits is set in an argument, or where it is this value.
  void StopWithBits(std::uint32_t call, std::size_t argument, std::uint32_t bits);
  void StopWithValue(std::uint32_t call, std::size_t argument, std::uint32_t value);

  // What was said is of the native architecture's calls. The others, and what was not stopped, are
  // `rest`'s to judge, a whole filter; empty: they are permitted.
  std::vector<wire::FilterInstruction> Finish(
      std::span<const wire::FilterInstruction> rest = {}) &&;

 private:
  void StopWhere(std::uint32_t call, std::size_t argument, int test, std::uint32_t operand);

  std::vector<wire::FilterInstruction> native_;
};

}  // namespace ibuild::builder
