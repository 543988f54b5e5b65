// How much one source of a build may bring: a download, an archive that is unpacked, a context on
// standard input. A server may send without end, and a small archive may unpack to any size.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

namespace ibuild::builder {

struct SourceLimit {
  std::optional<std::uint64_t> bytes;  // IBUILD_SOURCE_LIMIT; nothing: the rules below

  std::uint64_t ForStream() const { return bytes.value_or(kMost); }

  // `packed`: size of the file. What unpacks to a thousand times its size is made to harm, unless
  // it is small all the same.
  std::uint64_t ForArchive(std::uint64_t packed) const {
    const std::uint64_t plausible = packed > kMost / kMostRatio ? kMost : packed * kMostRatio;
    return bytes.value_or(std::clamp(plausible, kSmall, kMost));
  }

  static constexpr std::uint64_t kMost = 64ull << 30;
  static constexpr std::uint64_t kSmall = 1ull << 30;
  static constexpr std::uint64_t kMostRatio = 1000;
};

inline constexpr const char* kSourceLimitHint = "IBUILD_SOURCE_LIMIT sets how much is allowed";

}  // namespace ibuild::builder
