// Sparse members: a file of which the tar holds only the parts that are not zeros.
//
// Four forms are in use (GNU tar manual, "Storing Sparse Files"): the old GNU type 'S' with the map
// in the header and blocks after it, and PAX 0.1 and 1.0, with the map in a record or before the
// data. PAX 0.0 repeats its keywords, which no reader of records can tell apart: refused.
// All of them become the same: segments of content, in order, and the size of the whole.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "layers/tar/header.h"
#include "layers/tar/pax.h"
#include "support/byte_stream.h"

namespace ibuild::layers {

struct SparseSegment {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;

  friend bool operator==(const SparseSegment&, const SparseSegment&) = default;
};

struct SparseMap {
  std::vector<SparseSegment> segments;
  std::uint64_t file_size = 0;

  friend bool operator==(const SparseMap&, const SparseMap&) = default;
};

// Gives the next block of the archive; throws at its end.
using NextBlock = std::function<TarBlock()>;

// Type 'S'; reads the blocks that continue the map.
SparseMap ReadGnuSparseMap(const TarBlock& header, const NextBlock& next);

// What the records say of a sparse member: nothing when they say nothing. The map of form 1.0
// stands in `next` blocks, which count as stored content.
std::optional<SparseMap> ReadPaxSparseMap(const PaxRecords& records, const NextBlock& next);

// Throws kCorrupt unless segments ascend, do not overlap, end within the file and take `stored`
// bytes together.
void CheckSparseMap(const SparseMap& map, std::uint64_t stored);

// The file, zeros included, from what is stored of it.
class SparseSource final : public ByteSource {
 public:
  SparseSource(ByteSource& stored, SparseMap map) : stored_(stored), map_(std::move(map)) {}
  std::size_t Read(std::span<std::byte> buffer) override;

 private:
  ByteSource& stored_;
  SparseMap map_;
  std::size_t segment_ = 0;  // the one that holds `position_` or comes after it
  std::uint64_t position_ = 0;
};

}  // namespace ibuild::layers
