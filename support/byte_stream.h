// Streams of bytes: the seam between everything that makes bytes and everything that takes them.
//
// A source is read to its end by its one reader; a sink takes bytes until Finish(), which is when
// it may still fail. Neither is safe to use from two threads at once. Errors throw.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "support/fd.h"

namespace ibuild {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Fills some of `buffer`, at least one byte; 0 means the end. `buffer` is never empty.
  virtual std::size_t Read(std::span<std::byte> buffer) = 0;
};

class ByteSink {
 public:
  virtual ~ByteSink() = default;
  virtual void Write(std::span<const std::byte> bytes) = 0;
  // Called once, after the last Write; flushes and reports what failed late.
  virtual void Finish() {}
};

std::span<const std::byte> AsBytes(std::string_view text);
std::string_view AsText(std::span<const std::byte> bytes);

// Reads `source` to its end into `sink` (without Finish); returns the bytes moved.
std::uint64_t Copy(ByteSource& source, ByteSink& sink);
// The whole stream; more than `limit` bytes is an error (kResourceExhausted).
std::string ReadToString(ByteSource& source, std::size_t limit);

class StringSource final : public ByteSource {
 public:
  explicit StringSource(std::string text) : text_(std::move(text)) {}
  std::size_t Read(std::span<std::byte> buffer) override;

 private:
  std::string text_;
  std::size_t position_ = 0;
};

class StringSink final : public ByteSink {
 public:
  void Write(std::span<const std::byte> bytes) override;
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

class FdSource final : public ByteSource {
 public:
  explicit FdSource(UniqueFd fd) : fd_(std::move(fd)) {}
  std::size_t Read(std::span<std::byte> buffer) override;

 private:
  UniqueFd fd_;
};

class FdSink final : public ByteSink {
 public:
  explicit FdSink(UniqueFd fd) : fd_(std::move(fd)) {}
  void Write(std::span<const std::byte> bytes) override;
  void Finish() override;  // closes, reporting failure

 private:
  UniqueFd fd_;
};

// Takes everything, keeps nothing.
class NullSink final : public ByteSink {
 public:
  void Write(std::span<const std::byte>) override {}
};

// Writes to both; Finish finishes both. The sinks must outlive it.
class TeeSink final : public ByteSink {
 public:
  TeeSink(ByteSink& first, ByteSink& second) : first_(first), second_(second) {}
  void Write(std::span<const std::byte> bytes) override;
  void Finish() override;

 private:
  ByteSink& first_;
  ByteSink& second_;
};

// Calls a function for every piece.
class FunctionSink final : public ByteSink {
 public:
  explicit FunctionSink(std::function<void(std::span<const std::byte>)> take)
      : take_(std::move(take)) {}
  void Write(std::span<const std::byte> bytes) override { take_(bytes); }

 private:
  std::function<void(std::span<const std::byte>)> take_;
};

// Passes at most `limit` bytes through; the next byte throws kResourceExhausted with `what`.
class LimitedSource final : public ByteSource {
 public:
  LimitedSource(std::unique_ptr<ByteSource> source, std::uint64_t limit, std::string what);
  std::size_t Read(std::span<std::byte> buffer) override;

 private:
  std::unique_ptr<ByteSource> source_;
  std::uint64_t limit_;
  std::uint64_t left_;
  std::string what_;
};

}  // namespace ibuild
