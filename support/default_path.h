// The PATH of a process whose image names none, as Docker gives it.
#pragma once

#include <string_view>

namespace ibuild {

inline constexpr std::string_view kDefaultPath =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

}  // namespace ibuild
