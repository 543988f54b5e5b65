// Ids and names of containers, and the beginnings of ids that people type. Pure but for chance,
// which is handed in.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ibuild::containers {

// "quiet_lantern": an adjective and a thing, chosen by `chance`; from the fourth attempt on with a
// number, so that a name is found however many are taken.
std::string MakeName(std::uint64_t chance, int attempt);

// [a-zA-Z0-9][a-zA-Z0-9_.-]+, a slash in front does not count. Throws kUsage in Docker's words;
// `what`: "container", "volume", "network".
std::string CheckName(std::string_view name, std::string_view what);

// Whether `text` may be the beginning of an id: hexadecimal digits only.
bool MayBeId(std::string_view text);

}  // namespace ibuild::containers
