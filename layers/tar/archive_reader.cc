#include "layers/tar/archive_reader.h"

#include <archive.h>
#include <unistd.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "layers/tar/damaged_start.h"
#include "layers/tar/header.h"
#include "support/error.h"

namespace ibuild::layers {
namespace {

struct ArchiveDeleter {
  void operator()(archive* handle) const { archive_read_free(handle); }
};

// What libarchive's filters make of a file: its "raw" format hands through the decompressed bytes.
class DecompressedFile final : public ByteSource {
 public:
  explicit DecompressedFile(UniqueFd file)
      : file_(std::move(file)), buffer_(128 << 10), handle_(archive_read_new()) {
    archive* const handle = handle_.get();
    archive_read_support_filter_gzip(handle);
    archive_read_support_filter_bzip2(handle);
    archive_read_support_filter_xz(handle);
    archive_read_support_filter_zstd(handle);
    archive_read_support_format_raw(handle);
    archive_read_support_format_empty(handle);
  }

  // False: not even an empty file can be read.
  bool Open() {
    archive_entry* entry = nullptr;
    return archive_read_open2(handle_.get(), this, nullptr, &ReadFile, &SkipFile, nullptr) ==
               ARCHIVE_OK &&
           archive_read_next_header(handle_.get(), &entry) == ARCHIVE_OK;
  }

  std::size_t Read(std::span<std::byte> buffer) override {
    const ssize_t size = archive_read_data(handle_.get(), buffer.data(), buffer.size());
    if (size >= 0) return static_cast<std::size_t>(size);
    const char* const reason = archive_error_string(handle_.get());
    throw Error(ErrorKind::kCorrupt,
                std::string("damaged archive: ") + (reason != nullptr ? reason : "unknown fault"));
  }

 private:
  static la_ssize_t ReadFile(archive* handle, void* self, const void** bytes) {
    auto& file = *static_cast<DecompressedFile*>(self);
    *bytes = file.buffer_.data();
    const ssize_t size =
        ::pread(file.file_.get(), file.buffer_.data(), file.buffer_.size(), file.position_);
    if (size < 0) archive_set_error(handle, errno, "cannot read");
    if (size > 0) file.position_ += size;
    return size;
  }

  static la_int64_t SkipFile(archive*, void*, la_int64_t) { return 0; }

  UniqueFd file_;
  off_t position_ = 0;
  std::vector<std::byte> buffer_;
  std::unique_ptr<archive, ArchiveDeleter> handle_;
};

// Gives a few bytes that were read ahead before the rest.
class PrefixedSource final : public ByteSource {
 public:
  PrefixedSource(std::string prefix, std::unique_ptr<ByteSource> rest)
      : prefix_(std::move(prefix)), rest_(std::move(rest)) {}

  std::size_t Read(std::span<std::byte> buffer) override {
    const std::size_t size = prefix_.Read(buffer);
    return size > 0 ? size : rest_->Read(buffer);
  }

 private:
  StringSource prefix_;
  std::unique_ptr<ByteSource> rest_;
};

// As much of `block` as there is; nothing of a block that is damaged.
std::size_t ReadFirstBlock(ByteSource& source, TarBlock& block) {
  const auto bytes = std::as_writable_bytes(std::span(block));
  std::size_t filled = 0;
  try {
    while (filled < bytes.size()) {
      const std::size_t size = source.Read(bytes.subspan(filled));
      if (size == 0) break;
      filled += size;
    }
  } catch (const Error&) {
    return 0;
  }
  return filled;
}

}  // namespace

std::optional<ArchiveReader> ArchiveReader::OpenIfArchive(const UniqueFd& file) {
  auto plain = std::make_unique<DecompressedFile>(file.Duplicate());
  TarBlock block = {};
  if (!plain->Open() || ReadFirstBlock(*plain, block) != block.size()) {
    if (!StartsAsCompressedTar(file)) return std::nullopt;
    throw Error(ErrorKind::kCorrupt, "damaged archive: unexpected EOF");
  }
  if (!IsTarHeader(block)) return std::nullopt;
  std::string prefix(block.data(), block.size());
  return ArchiveReader(std::make_unique<PrefixedSource>(std::move(prefix), std::move(plain)));
}

ArchiveReader::ArchiveReader(std::unique_ptr<ByteSource> plain)
    : plain_(std::move(plain)), tar_(std::make_unique<TarReader>(*plain_)) {}

}  // namespace ibuild::layers
