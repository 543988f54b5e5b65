#include "layers/tar/header.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>

#include "support/error.h"

namespace ibuild::layers {
namespace {

struct Field {
  std::size_t offset;
  std::size_t size;
};

constexpr Field kName{0, 100};
constexpr Field kMode{100, 8};
constexpr Field kUid{108, 8};
constexpr Field kGid{116, 8};
constexpr Field kSize{124, 12};
constexpr Field kMtime{136, 12};
constexpr Field kChecksum{148, 8};
constexpr std::size_t kType = 156;
constexpr Field kLinkName{157, 100};
constexpr Field kMagic{257, 8};  // with the version
constexpr Field kDeviceMajor{329, 8};
constexpr Field kDeviceMinor{337, 8};
constexpr Field kPrefix{345, 155};

constexpr std::string_view kUstarMagic("ustar\00000", 8);

void PutText(TarBlock& block, Field field, std::string_view text) {
  std::copy_n(text.begin(), std::min(text.size(), field.size), block.begin() + field.offset);
}

// Zero-padded octal, NUL-terminated.
void PutNumber(TarBlock& block, Field field, std::uint64_t number) {
  char* const digits = block.data() + field.offset;
  const std::size_t count = field.size - 1;
  if (count * 3 < 64 && (number >> (count * 3)) != 0) number = 0;
  for (std::size_t i = count; i > 0; --i, number >>= 3) {
    digits[i - 1] = static_cast<char>('0' + (number & 7));
  }
}

void PutSigned(TarBlock& block, Field field, std::int64_t number) {
  PutNumber(block, field, number < 0 ? 0 : static_cast<std::uint64_t>(number));
}

struct Checksums {
  std::int64_t plain = 0;
  std::int64_t as_signed = 0;  // what some old tars computed
};

Checksums ComputeChecksums(const TarBlock& block) {
  Checksums sums;
  for (std::size_t i = 0; i < block.size(); ++i) {
    const bool in_field = i >= kChecksum.offset && i < kChecksum.offset + kChecksum.size;
    const char c = in_field ? ' ' : block[i];
    sums.plain += static_cast<unsigned char>(c);
    sums.as_signed += static_cast<signed char>(c);
  }
  return sums;
}

std::string_view TextAt(const TarBlock& block, Field field) {
  const std::string_view bytes(block.data() + field.offset, field.size);
  return bytes.substr(0, bytes.find('\0'));
}

// GNU: the top bit set, then a big-endian two's complement number.
std::optional<std::int64_t> ReadBase256(std::string_view bytes) {
  const bool negative = (bytes[0] & 0x40) != 0;
  std::uint64_t number = negative ? ~std::uint64_t{0} : 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    auto byte = static_cast<unsigned char>(bytes[i]);
    if (i == 0) byte = static_cast<unsigned char>(negative ? byte | 0x80 : byte & 0x7f);
    const auto lost = static_cast<unsigned char>(number >> 56);
    if (lost != (negative ? 0xff : 0)) return std::nullopt;
    number = (number << 8) | byte;
  }
  const auto result = static_cast<std::int64_t>(number);
  if ((result < 0) != negative) return std::nullopt;
  return result;
}

// Octal between blanks and NULs; nothing at all is 0.
std::optional<std::int64_t> ReadOctal(std::string_view bytes) {
  const std::size_t start = bytes.find_first_not_of(std::string_view(" \0", 2));
  if (start == std::string_view::npos) return 0;
  bytes.remove_prefix(start);
  bytes = bytes.substr(0, bytes.find_first_of(std::string_view(" \0", 2)));
  std::int64_t number = 0;
  for (const char c : bytes) {
    if (c < '0' || c > '7' || number > (std::numeric_limits<std::int64_t>::max() >> 3)) {
      return std::nullopt;
    }
    number = number * 8 + (c - '0');
  }
  return number;
}

std::optional<std::int64_t> ReadNumber(const TarBlock& block, Field field) {
  return ReadTarNumber(std::string_view(block.data() + field.offset, field.size));
}

std::int64_t NumberAt(const TarBlock& block, Field field, const char* what) {
  const auto number = ReadNumber(block, field);
  if (!number) throw Error(ErrorKind::kCorrupt, std::string("damaged tar: bad ") + what);
  return *number;
}

std::uint32_t SmallNumberAt(const TarBlock& block, Field field, const char* what) {
  const std::int64_t number = NumberAt(block, field, what);
  if (number < 0 || number > std::numeric_limits<std::uint32_t>::max()) {
    throw Error(ErrorKind::kCorrupt, std::string("damaged tar: bad ") + what);
  }
  return static_cast<std::uint32_t>(number);
}

// Only POSIX's own magic says that the prefix is one: GNU keeps times and sparse maps there.
std::string NameAt(const TarBlock& block) {
  std::string name;
  if (std::string_view(block.data() + kMagic.offset, 6) == kUstarMagic.substr(0, 6)) {
    name = TextAt(block, kPrefix);
    if (!name.empty()) name += '/';
  }
  name += TextAt(block, kName);
  return name;
}

}  // namespace

std::optional<std::pair<std::string_view, std::string_view>> SplitTarName(std::string_view name) {
  if (name.size() <= kName.size) return std::pair{std::string_view(), name};
  // A slash at the very end belongs to the name.
  const std::size_t slash =
      name.substr(0, name.size() - 1).rfind('/', std::min(kPrefix.size, name.size() - 2));
  if (slash == std::string_view::npos || slash == 0) return std::nullopt;
  const std::string_view rest = name.substr(slash + 1);
  if (rest.size() > kName.size) return std::nullopt;
  return std::pair{name.substr(0, slash), rest};
}

TarBlock EncodeTarHeader(const TarHeader& header) {
  TarBlock block = {};
  const auto split = SplitTarName(header.name);
  PutText(block, kName, split ? split->second : std::string_view(header.name));
  if (split) PutText(block, kPrefix, split->first);
  PutNumber(block, kMode, header.mode);
  PutSigned(block, kUid, header.uid);
  PutSigned(block, kGid, header.gid);
  PutSigned(block, kSize, header.size);
  PutSigned(block, kMtime, header.mtime);
  block[kType] = header.type;
  PutText(block, kLinkName, header.link_name);
  PutText(block, kMagic, kUstarMagic);
  PutNumber(block, kDeviceMajor, header.device_major);
  PutNumber(block, kDeviceMinor, header.device_minor);
  // Six digits, NUL, blank: the one field with a form of its own.
  PutNumber(block, {kChecksum.offset, 7},
            static_cast<std::uint64_t>(ComputeChecksums(block).plain));
  block[kChecksum.offset + 7] = ' ';
  return block;
}

TarHeader DecodeTarHeader(const TarBlock& block) {
  if (!IsTarHeader(block)) {
    throw Error(ErrorKind::kCorrupt, "damaged tar: a header has a wrong checksum");
  }
  TarHeader header;
  header.name = NameAt(block);
  header.link_name = TextAt(block, kLinkName);
  header.type = block[kType];
  header.mode = SmallNumberAt(block, kMode, "mode");
  header.uid = NumberAt(block, kUid, "owner");
  header.gid = NumberAt(block, kGid, "group");
  header.size = NumberAt(block, kSize, "size");
  header.mtime = NumberAt(block, kMtime, "time");
  if (header.type == '3' || header.type == '4') {
    header.device_major = SmallNumberAt(block, kDeviceMajor, "device number");
    header.device_minor = SmallNumberAt(block, kDeviceMinor, "device number");
  }
  return header;
}

std::optional<std::int64_t> ReadTarNumber(std::string_view field) {
  return (field[0] & 0x80) != 0 ? ReadBase256(field) : ReadOctal(field);
}

bool IsTarHeader(const TarBlock& block) {
  const auto stored = ReadNumber(block, kChecksum);
  if (!stored || IsZeroBlock(block)) return false;
  const Checksums sums = ComputeChecksums(block);
  return *stored == sums.plain || *stored == sums.as_signed;
}

bool IsZeroBlock(const TarBlock& block) {
  return std::all_of(block.begin(), block.end(), [](char c) { return c == '\0'; });
}

}  // namespace ibuild::layers
