#include "support/capability.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <array>

#include "support/error.h"

namespace ibuild {
namespace {

using Sets = std::array<__user_cap_data_struct, 2>;  // 32 capabilities each

bool Transfer(long call, Sets* sets) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  return syscall(call, &header, sets->data()) == 0;
}

}  // namespace

bool HasCapability(unsigned capability) {
  Sets data{};
  if (!Transfer(SYS_capget, &data)) return false;
  return (data[capability / 32].effective >> (capability % 32) & 1) != 0;
}

void KeepCapabilities(std::uint64_t mask) {
  Sets data{};
  if (!Transfer(SYS_capget, &data)) ThrowErrno("reading capabilities");
  for (std::size_t half = 0; half < data.size(); ++half) {
    data[half].permitted &= static_cast<std::uint32_t>(mask >> (32 * half));
    data[half].effective = data[half].permitted;
    data[half].inheritable = 0;
  }
  if (!Transfer(SYS_capset, &data)) ThrowErrno("giving up capabilities");
}

}  // namespace ibuild
