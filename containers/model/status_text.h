// A container's state in the words of `ps`: "Up 3 minutes (healthy)", "Exited (0) 5 seconds ago".
#pragma once

#include <cstdint>
#include <string>

#include "containers/model/container.h"

namespace ibuild::containers {

// Docker's way of saying how long: "Less than a second", "About a minute", "3 hours".
std::string HumanDuration(std::int64_t nanoseconds);

// `now`: nanoseconds since 1970.
std::string DescribeState(const ContainerState& state, std::int64_t now);

}  // namespace ibuild::containers
