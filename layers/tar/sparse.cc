#include "layers/tar/sparse.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "support/error.h"
#include "support/text.h"

namespace ibuild::layers {
namespace {

// Of a map, in bytes: what other extensions may have, too.
constexpr std::size_t kMaxBlocks = (1 << 20) / kTarBlock;

// Where the old GNU form keeps its map: pairs of twelve-byte numbers.
constexpr std::size_t kPairSize = 24;
constexpr std::size_t kHeaderMap = 386;
constexpr std::size_t kHeaderPairs = 4;
constexpr std::size_t kHeaderContinues = 482;
constexpr std::size_t kRealSize = 483;
constexpr std::size_t kBlockPairs = 21;
constexpr std::size_t kBlockContinues = 504;

[[noreturn]] void ThrowBadMap() { throw Error(ErrorKind::kCorrupt, "damaged tar: bad sparse map"); }

std::uint64_t Number(std::string_view text) {
  const auto number = ParseUnsigned(text);
  if (!number || *number > std::uint64_t{std::numeric_limits<std::int64_t>::max()}) ThrowBadMap();
  return *number;
}

std::uint64_t NumberAt(const TarBlock& block, std::size_t offset) {
  const auto number = ReadTarNumber(std::string_view(block.data() + offset, 12));
  if (!number || *number < 0) ThrowBadMap();
  return static_cast<std::uint64_t>(*number);
}

void AppendPairs(const TarBlock& block, std::size_t offset, std::size_t count, SparseMap& map) {
  for (std::size_t i = 0; i < count; ++i, offset += kPairSize) {
    if (block[offset] == '\0') return;
    map.segments.push_back({NumberAt(block, offset), NumberAt(block, offset + 12)});
  }
}

std::string_view Record(const PaxRecords& records, const char* key) {
  const auto record = records.find(key);
  return record == records.end() ? std::string_view() : std::string_view(record->second);
}

// "offset,size,offset,size"
std::vector<SparseSegment> SplitMap(std::string_view text) {
  std::vector<SparseSegment> segments;
  if (text.empty()) return segments;
  const auto numbers = Split(text, ',');
  if (numbers.size() % 2 != 0) ThrowBadMap();
  for (std::size_t i = 0; i < numbers.size(); i += 2) {
    segments.push_back({Number(numbers[i]), Number(numbers[i + 1])});
  }
  return segments;
}

// Decimal numbers, each with a line feed, padded to whole blocks: how many segments, then them.
class NumberLines {
 public:
  explicit NumberLines(const NextBlock& next) : next_(next) {}

  std::uint64_t Next() {
    std::size_t end = text_.find('\n', position_);
    while (end == std::string::npos) {
      if (++blocks_ > kMaxBlocks) ThrowBadMap();
      const TarBlock block = next_();
      text_.append(block.data(), block.size());
      end = text_.find('\n', position_);
    }
    const std::size_t start = std::exchange(position_, end + 1);
    return Number(std::string_view(text_).substr(start, end - start));
  }

 private:
  const NextBlock& next_;
  std::string text_;
  std::size_t position_ = 0;
  std::size_t blocks_ = 0;
};

std::vector<SparseSegment> ReadLines(const NextBlock& next) {
  NumberLines lines(next);
  std::vector<SparseSegment> segments;
  for (std::uint64_t left = lines.Next(); left > 0; --left) {
    const std::uint64_t offset = lines.Next();
    segments.push_back({offset, lines.Next()});
  }
  return segments;
}

}  // namespace

SparseMap ReadGnuSparseMap(const TarBlock& header, const NextBlock& next) {
  SparseMap map;
  map.file_size = NumberAt(header, kRealSize);
  AppendPairs(header, kHeaderMap, kHeaderPairs, map);
  bool continues = header[kHeaderContinues] != '\0';
  for (std::size_t blocks = 0; continues; ++blocks) {
    if (blocks == kMaxBlocks) ThrowBadMap();
    const TarBlock block = next();
    AppendPairs(block, 0, kBlockPairs, map);
    continues = block[kBlockContinues] != '\0';
  }
  return map;
}

std::optional<SparseMap> ReadPaxSparseMap(const PaxRecords& records, const NextBlock& next) {
  const std::string_view major = Record(records, "GNU.sparse.major");
  const std::string_view minor = Record(records, "GNU.sparse.minor");
  if (major == "1" && minor == "0") {
    const std::uint64_t size = Number(Record(records, "GNU.sparse.realsize"));
    return SparseMap{ReadLines(next), size};
  }
  if (records.contains("GNU.sparse.map")) {
    const std::uint64_t size = Number(Record(records, "GNU.sparse.size"));
    return SparseMap{SplitMap(Record(records, "GNU.sparse.map")), size};
  }
  const bool says_something = std::any_of(records.begin(), records.end(), [](const auto& record) {
    return record.first.starts_with("GNU.sparse.");
  });
  if (!says_something) return std::nullopt;
  throw Error(ErrorKind::kUnsupported, "sparse member of an unknown form in a tar");
}

void CheckSparseMap(const SparseMap& map, std::uint64_t stored) {
  std::uint64_t end = 0;
  std::uint64_t total = 0;
  for (const SparseSegment& segment : map.segments) {
    // Both are below 2^63, so their sum is a number.
    if (segment.offset < end || segment.offset + segment.size > map.file_size) ThrowBadMap();
    end = segment.offset + segment.size;
    total += segment.size;
  }
  if (total != stored) ThrowBadMap();
}

std::size_t SparseSource::Read(std::span<std::byte> buffer) {
  while (segment_ < map_.segments.size()) {
    const SparseSegment& segment = map_.segments[segment_];
    if (position_ < segment.offset + segment.size) break;
    ++segment_;
  }
  const bool is_last = segment_ == map_.segments.size();
  const SparseSegment segment =
      is_last ? SparseSegment{map_.file_size, 0} : map_.segments[segment_];
  const bool in_hole = position_ < segment.offset;
  const std::uint64_t end = in_hole ? segment.offset : segment.offset + segment.size;
  std::size_t size =
      static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), end - position_));
  if (size == 0) return 0;
  if (in_hole) {
    std::fill_n(buffer.begin(), size, std::byte{0});
  } else {
    size = stored_.Read(buffer.first(size));
  }
  position_ += size;
  return size;
}

}  // namespace ibuild::layers
