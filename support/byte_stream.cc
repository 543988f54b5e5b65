#include "support/byte_stream.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

#include "support/error.h"
#include "support/text.h"

namespace ibuild {
namespace {

// Large enough that a system call costs little beside hashing what it brought, small enough for
// the second-level cache.
constexpr std::size_t kCopyBuffer = 128u << 10;

Error TooLong(std::string_view what, std::uint64_t limit) {
  return Error(ErrorKind::kResourceExhausted,
               fmt::format("{} is longer than the limit of {}", what, FormatByteSize(limit)));
}

}  // namespace

std::span<const std::byte> AsBytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

std::string_view AsText(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::uint64_t Copy(ByteSource& source, ByteSink& sink) {
  std::vector<std::byte> buffer(kCopyBuffer);
  std::uint64_t total = 0;
  for (;;) {
    const std::size_t count = source.Read(buffer);
    if (count == 0) return total;
    sink.Write(std::span(buffer).first(count));
    total += count;
  }
}

std::string ReadToString(ByteSource& source, std::size_t limit) {
  std::string text;
  std::array<std::byte, 16u << 10> buffer;
  for (;;) {
    const std::size_t count = source.Read(buffer);
    if (count == 0) return text;
    if (count > limit - text.size()) throw TooLong("the stream", limit);
    text += AsText(std::span(buffer).first(count));
  }
}

std::size_t StringSource::Read(std::span<std::byte> buffer) {
  const std::size_t count = std::min(buffer.size(), text_.size() - position_);
  std::memcpy(buffer.data(), text_.data() + position_, count);
  position_ += count;
  return count;
}

void StringSink::Write(std::span<const std::byte> bytes) { text_ += AsText(bytes); }

std::size_t FdSource::Read(std::span<std::byte> buffer) {
  for (;;) {
    const ssize_t count = ::read(fd_.get(), buffer.data(), buffer.size());
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno != EINTR) ThrowErrno("read");
  }
}

void FdSink::Write(std::span<const std::byte> bytes) { WriteAll(fd_.get(), bytes); }
void FdSink::Finish() { fd_.Close(); }

void TeeSink::Write(std::span<const std::byte> bytes) {
  first_.Write(bytes);
  second_.Write(bytes);
}

void TeeSink::Finish() {
  first_.Finish();
  second_.Finish();
}

LimitedSource::LimitedSource(std::unique_ptr<ByteSource> source, std::uint64_t limit,
                             std::string what)
    : source_(std::move(source)), limit_(limit), left_(limit), what_(std::move(what)) {}

std::size_t LimitedSource::Read(std::span<std::byte> buffer) {
  // One byte more than is left tells a stream that ends at the limit from one that goes on.
  if (left_ < buffer.size()) buffer = buffer.first(static_cast<std::size_t>(left_) + 1);
  const std::size_t count = source_->Read(buffer);
  if (count > left_) throw TooLong(what_, limit_);
  left_ -= count;
  return count;
}

}  // namespace ibuild
