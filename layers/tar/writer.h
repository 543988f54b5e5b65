// TarWriter: the canonical bytes of a tar.
//
// USTAR, with PAX records only for what does not fit: a path that cannot be split, a long link
// target, a large number, extended attributes. Numbers are zero-padded octal, there are no user and
// group names, times are whole seconds (the fraction is dropped), nothing is padded beyond the two
// closing zero blocks. The same entries give the same bytes on every machine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "layers/tar/entry.h"
#include "layers/tar/header.h"
#include "layers/tar/pax.h"
#include "support/byte_stream.h"

namespace ibuild::layers {

class TarWriter {
 public:
  explicit TarWriter(ByteSink& sink);  // Finish of the sink is the caller's

  // Anything without content. Names carry no slash at the end; directories get theirs here.
  void Add(const TarEntry& entry);
  // A regular file; `content` must hold meta.size bytes (less: kCorrupt; the rest is not read).
  void Add(const TarEntry& entry, ByteSource& content);
  void Finish();

 private:
  void AddHeader(const TarEntry& entry, std::uint64_t size);
  void AddPax(const PaxRecords& records, std::string_view name);
  void Append(std::string_view bytes);
  void Pad(std::uint64_t size);  // zeros to the next block
  std::span<std::byte> Free();   // never empty
  void Flush();

  ByteSink& sink_;
  std::vector<std::byte> buffer_;
  std::size_t used_ = 0;
};

}  // namespace ibuild::layers
