// PAX extended header records (POSIX.1-2017, pax, "pax Extended Header"):
//
//   record ::= length " " keyword "=" value "\n"      length: decimal, of the whole record
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace ibuild::layers {

using PaxRecords = std::map<std::string, std::string>;

// In key order. Values may hold any bytes.
std::string FormatPax(const PaxRecords& records);

// Later records win. Throws kCorrupt for anything but the grammar above, and for a path, link
// path or attribute name with a NUL byte (which the kernel would cut there).
PaxRecords ParsePax(std::string_view text);

}  // namespace ibuild::layers
