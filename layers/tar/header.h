// The 512-byte header block of a tar member (POSIX.1-2017, pax, "ustar Interchange Format"), with
// the GNU extension of base-256 numbers understood when reading.
//
//   name 100 · mode 8 · uid 8 · gid 8 · size 12 · mtime 12 · checksum 8 · type 1 · link name 100
//   · magic 6 · version 2 · uname 32 · gname 32 · devmajor 8 · devminor 8 · prefix 155 · unused 12
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace ibuild::layers {

inline constexpr std::size_t kTarBlock = 512;
using TarBlock = std::array<char, kTarBlock>;

struct TarHeader {
  std::string name;  // prefix and name joined
  std::string link_name;
  char type = '0';
  std::uint32_t mode = 0;
  std::uint32_t device_major = 0;
  std::uint32_t device_minor = 0;
  std::int64_t uid = 0;
  std::int64_t gid = 0;
  std::int64_t size = 0;
  std::int64_t mtime = 0;
};

// What fits in the fields; the rest needs PAX records.
inline constexpr std::size_t kMaxTarName = 100;
inline constexpr std::int64_t kMaxTarId = 07777777;          // 2097151
inline constexpr std::int64_t kMaxTarNumber = 077777777777;  // size and mtime: 8 GiB - 1

// Prefix and name, split at the last possible slash; nothing when the name does not fit.
std::optional<std::pair<std::string_view, std::string_view>> SplitTarName(std::string_view name);

// Bytes of a header whose fields all fit; a name or link name that does not is cut, a number that
// does not is 0 (PAX records stand before the block then).
TarBlock EncodeTarHeader(const TarHeader& header);

// Throws kCorrupt for a wrong checksum or a field that is no number.
TarHeader DecodeTarHeader(const TarBlock& block);

// A numeric field: octal text, or base 256. Nothing when it is neither, or too large.
std::optional<std::int64_t> ReadTarNumber(std::string_view field);

// Whether the checksum is right: what tells a tar from other files.
bool IsTarHeader(const TarBlock& block);
bool IsZeroBlock(const TarBlock& block);

}  // namespace ibuild::layers
