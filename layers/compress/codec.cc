#include "layers/compress/codec.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "layers/compress/gzip_stream.h"
#include "layers/compress/zstd_stream.h"
#include "support/error.h"

namespace ibuild::layers {
namespace {

// Below this much output nothing is a bomb; above it, real data does not shrink by this ratio.
constexpr std::uint64_t kFreeBytes = 10ull << 30;
constexpr std::uint64_t kMaxRatio = 200;

constexpr std::size_t kMagicSize = 4;

// The source again, with the bytes that were looked at.
class PeekedSource final : public ByteSource {
 public:
  PeekedSource(std::unique_ptr<ByteSource> source, std::shared_ptr<std::uint64_t> taken)
      : source_(std::move(source)), taken_(std::move(taken)) {
    while (size_ < start_.size()) {
      const std::size_t size = source_->Read(std::span(start_).subspan(size_));
      if (size == 0) break;
      size_ += size;
    }
  }

  std::span<const std::byte> first_bytes() const { return std::span(start_).first(size_); }

  std::size_t Read(std::span<std::byte> buffer) override {
    std::size_t size = std::min(buffer.size(), size_ - given_);
    if (size > 0) {
      std::copy_n(start_.begin() + static_cast<std::ptrdiff_t>(given_), size, buffer.begin());
      given_ += size;
    } else {
      size = source_->Read(buffer);
    }
    *taken_ += size;
    return size;
  }

 private:
  std::unique_ptr<ByteSource> source_;
  std::shared_ptr<std::uint64_t> taken_;  // compressed bytes so far
  std::array<std::byte, kMagicSize> start_ = {};
  std::size_t size_ = 0;
  std::size_t given_ = 0;
};

class BombGuard final : public ByteSource {
 public:
  BombGuard(std::unique_ptr<ByteSource> plain, std::shared_ptr<const std::uint64_t> taken)
      : plain_(std::move(plain)), taken_(std::move(taken)) {}

  std::size_t Read(std::span<std::byte> buffer) override {
    const std::size_t size = plain_->Read(buffer);
    out_ += size;
    if (out_ > kFreeBytes && out_ / kMaxRatio > *taken_) {
      throw Error(ErrorKind::kResourceExhausted,
                  "compressed data grows more than 200-fold, past 10 GiB: refused as a bomb");
    }
    return size;
  }

 private:
  std::unique_ptr<ByteSource> plain_;
  std::shared_ptr<const std::uint64_t> taken_;  // compressed bytes so far
  std::uint64_t out_ = 0;
};

class PlainSink final : public ByteSink {
 public:
  explicit PlainSink(ByteSink& sink) : sink_(sink) {}
  void Write(std::span<const std::byte> bytes) override { sink_.Write(bytes); }
  void Finish() override { sink_.Finish(); }

 private:
  ByteSink& sink_;
};

int LevelOf(const CompressionChoice& choice, int fallback, int lowest, int highest) {
  const int level = choice.level.value_or(fallback);
  if (level >= lowest && level <= highest) return level;
  throw Error(ErrorKind::kUsage,
              fmt::format("compression level {} is not between {} and {}", level, lowest, highest));
}

}  // namespace

oci::Compression DetectCompression(std::span<const std::byte> first_bytes) {
  const std::string_view text = AsText(first_bytes);
  if (text.starts_with("\x1f\x8b")) return oci::Compression::kGzip;
  if (text.starts_with("\x28\xb5\x2f\xfd")) return oci::Compression::kZstd;
  // A skippable frame (RFC 8878, 3.1.2) may come first; estargz and others put tables there.
  const bool is_skippable =
      text.size() >= 4 && (text[0] & '\xf0') == '\x50' && text.substr(1, 3) == "\x2a\x4d\x18";
  return is_skippable ? oci::Compression::kZstd : oci::Compression::kNone;
}

std::unique_ptr<ByteSource> Decompress(std::unique_ptr<ByteSource> source) {
  auto taken = std::make_shared<std::uint64_t>(0);
  auto peeked = std::make_unique<PeekedSource>(std::move(source), taken);
  switch (DetectCompression(peeked->first_bytes())) {
    case oci::Compression::kGzip:
      return std::make_unique<BombGuard>(MakeGzipSource(std::move(peeked)), taken);
    case oci::Compression::kZstd:
      return std::make_unique<BombGuard>(MakeZstdSource(std::move(peeked)), taken);
    case oci::Compression::kNone:
      break;
  }
  return peeked;
}

std::unique_ptr<ByteSink> Compress(const CompressionChoice& choice, ByteSink& sink) {
  switch (choice.compression) {
    case oci::Compression::kGzip:
      return MakeGzipSink(LevelOf(choice, kDefaultGzipLevel, 0, 12), sink);
    case oci::Compression::kZstd:
      return MakeZstdSink(LevelOf(choice, kDefaultZstdLevel, 1, 22), sink);
    case oci::Compression::kNone:
      break;
  }
  return std::make_unique<PlainSink>(sink);
}

}  // namespace ibuild::layers
