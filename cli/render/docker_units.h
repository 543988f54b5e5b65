// Sizes and ages in Docker's words, because scripts cut columns out of them.
#pragma once

#include <cstdint>
#include <string>

#include "support/clock.h"

namespace ibuild::cli {

std::string DockerSize(std::uint64_t bytes);         // "4.43MB", "0B": no blank
std::string DockerAge(UnixTime then, UnixTime now);  // "About an hour ago"
std::string DockerTime(UnixTime time);               // "2023-11-14 22:13:20 +0000 UTC"

}  // namespace ibuild::cli
