// TarReader: the members of a tar, in order, with bounded memory and no trust.
//
// Reads USTAR, V7, PAX (path, linkpath, size, uid, gid, mtime, SCHILY.xattr.*) and the GNU forms of
// long names and base-256 numbers; sparse members come out whole (tar/sparse.h); global PAX headers
// are skipped. Names come out as the bytes that were written. Multi-volume archives and what else
// nobody puts in layers is refused (kUnsupported). Damage, cut input and nonsense numbers are
// kCorrupt.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "layers/tar/entry.h"
#include "layers/tar/header.h"
#include "layers/tar/pax.h"
#include "layers/tar/sparse.h"
#include "support/byte_stream.h"

namespace ibuild::layers {

class TarReader {
 public:
  explicit TarReader(ByteSource& source);  // which must outlive it
  TarReader(const TarReader&) = delete;
  TarReader& operator=(const TarReader&) = delete;

  // Skips what is left of the last member's content. Nothing: the end of the archive.
  std::optional<TarEntry> Next();
  // The content of the last member, meta.size bytes; valid until the next Next().
  ByteSource& content() { return sparse_ ? static_cast<ByteSource&>(*sparse_) : content_; }
  // After Next() gave nothing: reads the source to its end, where only zeros may be left.
  void ExpectEnd();

 private:
  class Content final : public ByteSource {
   public:
    explicit Content(TarReader& reader) : reader_(reader) {}
    std::size_t Read(std::span<std::byte> buffer) override { return reader_.ReadContent(buffer); }

   private:
    TarReader& reader_;
  };

  // What stood before a header and changes how it is read.
  struct Overrides;

  bool ReadBlock(TarBlock& block);  // false: the source ended before it
  bool AtEnd();                     // after a block of zeros
  std::string ReadExtension(std::int64_t size);
  TarEntry MakeEntry(TarHeader header, Overrides overrides, const TarBlock& block);
  void BeginContent(TarHeader& header, const PaxRecords& pax, const TarBlock& block,
                    FileMeta& meta);
  std::size_t ReadContent(std::span<std::byte> buffer);
  void SkipContent();
  void Skip(std::uint64_t bytes);
  std::size_t ReadSome(std::span<std::byte> buffer);
  void ReadExactly(std::span<std::byte> buffer);

  ByteSource& source_;
  Content content_{*this};
  std::vector<std::byte> buffer_;
  std::span<const std::byte> buffered_;
  std::uint64_t content_left_ = 0;  // as stored
  std::uint64_t padding_ = 0;       // after the content
  std::optional<SparseSource> sparse_;
};

}  // namespace ibuild::layers
