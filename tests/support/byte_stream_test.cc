#include "support/byte_stream.h"

#include <gtest/gtest.h>

#include <array>

#include "tests/expect_error.h"

namespace ibuild {
namespace {

// Hands out one byte at a time: what reads it must not rely on full buffers.
class DripSource final : public ByteSource {
 public:
  explicit DripSource(std::string text) : text_(std::move(text)) {}
  std::size_t Read(std::span<std::byte> buffer) override { return text_.Read(buffer.first(1)); }

 private:
  StringSource text_;
};

TEST(ByteStream, CopyMovesEverythingAndCounts) {
  DripSource source("twelve bytes");
  StringSink sink;
  EXPECT_EQ(Copy(source, sink), 12u);
  EXPECT_EQ(sink.text(), "twelve bytes");
}

TEST(ByteStream, CopyOfNothingIsNothing) {
  StringSource source("");
  StringSink sink;
  EXPECT_EQ(Copy(source, sink), 0u);
}

TEST(ByteStream, ReadToStringTakesExactlyTheLimit) {
  DripSource source("12345");
  EXPECT_EQ(ReadToString(source, 5), "12345");
}

TEST(ByteStream, ReadToStringRefusesOneByteMore) {
  DripSource source("123456");
  ExpectError(ErrorKind::kResourceExhausted, "limit of 5 B", [&] { ReadToString(source, 5); });
}

TEST(ByteStream, LimitedSourcePassesAStreamOfTheLimitItself) {
  LimitedSource source(std::make_unique<StringSource>("12345"), 5, "the archive");
  EXPECT_EQ(ReadToString(source, 100), "12345");
}

TEST(ByteStream, LimitedSourceNamesWhatIsTooLong) {
  LimitedSource source(std::make_unique<StringSource>("123456"), 5, "the archive");
  ExpectError(ErrorKind::kResourceExhausted, "the archive is longer than the limit of 5 B",
              [&] { ReadToString(source, 100); });
}

TEST(ByteStream, TeeWritesToBoth) {
  StringSink first;
  StringSink second;
  TeeSink tee(first, second);
  tee.Write(AsBytes("ab"));
  tee.Write(AsBytes("c"));
  tee.Finish();
  EXPECT_EQ(first.text(), "abc");
  EXPECT_EQ(second.text(), "abc");
}

TEST(ByteStream, DescriptorsCarryWhatWasWritten) {
  Pipe pipe = MakePipe();
  FdSink sink(std::move(pipe.write_end));
  sink.Write(AsBytes("through the kernel"));
  sink.Finish();
  FdSource source(std::move(pipe.read_end));
  EXPECT_EQ(ReadToString(source, 100), "through the kernel");
}

}  // namespace
}  // namespace ibuild
