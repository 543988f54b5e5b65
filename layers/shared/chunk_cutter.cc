#include "layers/shared/chunk_cutter.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <utility>
#include <vector>

namespace ibuild::layers {
namespace {

// Any numbers do, as long as they are always the same: splitmix64 of the byte's.
constexpr std::array<std::uint64_t, 256> MakeGear() {
  std::array<std::uint64_t, 256> gear{};
  std::uint64_t state = 0;
  for (std::uint64_t& value : gear) {
    state += 0x9e3779b97f4a7c15;
    std::uint64_t mixed = state;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    value = mixed ^ (mixed >> 31);
  }
  return gear;
}

constexpr std::array<std::uint64_t, 256> kGear = MakeGear();
// A cut comes every 2^bits bytes on average, from the least on.
constexpr int kBits = std::bit_width(kUsualChunk - kLeastChunk) - 1;
static_assert(kLeastChunk + (std::size_t{1} << kBits) == kUsualChunk);
constexpr std::uint64_t kMask = ~std::uint64_t{0} << (64 - kBits);

std::size_t FindCut(std::span<const std::byte> bytes) {
  const std::size_t end = std::min(bytes.size(), kMostChunk);
  std::uint64_t sum = 0;
  for (std::size_t i = std::min(kLeastChunk, end); i < end; ++i) {
    sum = (sum << 1) + kGear.at(std::to_integer<std::size_t>(bytes[i]));
    if ((sum & kMask) == 0) return i + 1;
  }
  return end;
}

}  // namespace

void CutChunks(ByteSource& source, const std::function<void(std::span<const std::byte>)>& take) {
  std::vector<std::byte> buffer(4 * kMostChunk);
  std::size_t begin = 0;
  std::size_t end = 0;
  for (bool ended = false;;) {
    if (end - begin < kMostChunk && begin != 0) {  // room for the longest, without moving it often
      std::copy(buffer.data() + begin, buffer.data() + end, buffer.data());
      end -= std::exchange(begin, 0);
    }
    while (!ended && end < buffer.size()) {
      const std::size_t count = source.Read(std::span(buffer).subspan(end));
      ended = count == 0;
      end += count;
    }
    if (begin == end) return;
    const std::size_t cut = FindCut(std::span(buffer).subspan(begin, end - begin));
    take(std::span(buffer).subspan(begin, cut));
    begin += cut;
  }
}

}  // namespace ibuild::layers
