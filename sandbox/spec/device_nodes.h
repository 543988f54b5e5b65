// What there is in every /dev of a step.
#pragma once

#include <array>

namespace ibuild::builder {

struct DeviceNode {
  const char* name;
  unsigned major;
  unsigned minor;
};

inline constexpr std::array kDeviceNodes = {
    DeviceNode{"null", 1, 3},   DeviceNode{"zero", 1, 5},    DeviceNode{"full", 1, 7},
    DeviceNode{"random", 1, 8}, DeviceNode{"urandom", 1, 9}, DeviceNode{"tty", 5, 0},
};

struct DeviceLink {
  const char* name;
  const char* target;
};

inline constexpr std::array kDeviceLinks = {
    DeviceLink{"fd", "/proc/self/fd"},
    DeviceLink{"stdin", "/proc/self/fd/0"},
    DeviceLink{"stdout", "/proc/self/fd/1"},
    DeviceLink{"stderr", "/proc/self/fd/2"},
};

}  // namespace ibuild::builder
