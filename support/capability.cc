#include "support/capability.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <array>

namespace ibuild {

bool HasCapability(unsigned capability) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> data{};
  if (syscall(SYS_capget, &header, data.data()) != 0) return false;
  return (data[capability / 32].effective >> (capability % 32) & 1) != 0;
}

}  // namespace ibuild
