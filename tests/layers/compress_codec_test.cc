// Compression both ways: the same bytes every time, any reader can read them, damage is noticed.
#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <random>

#include "layers/compress/codec.h"
#include "oci/digest.h"
#include "support/error.h"

namespace ibuild::layers {
namespace {

using oci::Compression;

// Compressible, and not the same everywhere.
std::string SomeText(std::size_t size) {
  std::mt19937 random(1);
  std::string text;
  while (text.size() < size) text += "word" + std::to_string(random() % 5000) + " ";
  text.resize(size);
  return text;
}

std::string Compressed(const CompressionChoice& choice, std::string_view text,
                       std::size_t step = 100'000) {
  StringSink sink;
  const auto compressor = Compress(choice, sink);
  for (std::size_t at = 0; at < text.size(); at += step) {
    compressor->Write(AsBytes(text.substr(at, step)));
  }
  compressor->Finish();
  return sink.text();
}

std::string Decompressed(std::string bytes) {
  const auto source = Decompress(std::make_unique<StringSource>(std::move(bytes)));
  return ReadToString(*source, 1u << 30);
}

void ExpectKind(std::string bytes, ErrorKind kind) {
  try {
    Decompressed(std::move(bytes));
    ADD_FAILURE() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind) << error.what();
  }
}

// Frames that libzstd makes with these settings from one call.
std::string ZstdFrame(std::string_view text, int window_log) {
  ZSTD_CCtx* const context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window_log);
  std::string frame(ZSTD_compressBound(text.size()), '\0');
  ZSTD_inBuffer in{text.data(), text.size(), 0};
  ZSTD_outBuffer out{frame.data(), frame.size(), 0};
  ZSTD_compressStream2(context, &out, &in, ZSTD_e_flush);  // so that the size is not known before
  ZSTD_compressStream2(context, &out, &in, ZSTD_e_end);
  frame.resize(out.pos);
  ZSTD_freeCCtx(context);
  return frame;
}

class CodecTest : public ::testing::TestWithParam<Compression> {};

TEST_P(CodecTest, WhatGoesInComesOut) {
  const std::size_t member = 1 << 20;
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{1024}, member - 1,
                                 member, member + 1, 5 * member + 12'345}) {
    const std::string text = SomeText(size);
    EXPECT_EQ(Decompressed(Compressed({GetParam(), {}}, text)), text) << size;
  }
}

TEST_P(CodecTest, BytesDoNotDependOnHowTheyCame) {
  const std::string text = SomeText(6'000'000);
  const std::string once = Compressed({GetParam(), {}}, text);
  for (const std::size_t step : {1'000u, 1u << 20, 7'000'000u}) {
    EXPECT_EQ(Compressed({GetParam(), {}}, text, step), once) << step;
  }
}

TEST_P(CodecTest, DetectedByContent) {
  const std::string bytes = Compressed({GetParam(), {}}, SomeText(1000));
  EXPECT_EQ(DetectCompression(AsBytes(bytes)), GetParam());
}

INSTANTIATE_TEST_SUITE_P(All, CodecTest,
                         ::testing::Values(Compression::kNone, Compression::kGzip,
                                           Compression::kZstd));

class PackedCodecTest : public CodecTest {};

TEST_P(PackedCodecTest, CutAnywhereIsDamage) {
  const std::string bytes = Compressed({GetParam(), {}}, SomeText(3'000'000));
  for (const std::size_t left :
       {bytes.size() - 1, bytes.size() - 9, bytes.size() / 2, std::size_t{20}, std::size_t{4}}) {
    ExpectKind(bytes.substr(0, left), ErrorKind::kCorrupt);
  }
}

TEST_P(PackedCodecTest, AChangedByteIsDamage) {
  std::string bytes = Compressed({GetParam(), {}}, SomeText(3'000'000));
  bytes[bytes.size() / 2] ^= 0x10;
  ExpectKind(bytes, ErrorKind::kCorrupt);
}

TEST_P(PackedCodecTest, SeveralMembersAreOneStream) {
  const CompressionChoice choice{GetParam(), {}};
  EXPECT_EQ(
      Decompressed(Compressed(choice, "one ") + Compressed(choice, "") + Compressed(choice, "two")),
      "one two");
}

TEST_P(PackedCodecTest, RubbishAfterTheEndIsDamage) {
  const CompressionChoice choice{GetParam(), {}};
  ExpectKind(Compressed(choice, "one") + "rubbish", ErrorKind::kCorrupt);
}

TEST_P(PackedCodecTest, HigherLevelsAreSmaller) {
  const std::string text = SomeText(2'000'000);
  EXPECT_LT(Compressed({GetParam(), 9}, text).size(), Compressed({GetParam(), 1}, text).size());
  EXPECT_THROW(Compressed({GetParam(), 23}, text), Error);
}

INSTANTIATE_TEST_SUITE_P(All, PackedCodecTest,
                         ::testing::Values(Compression::kGzip, Compression::kZstd));

TEST(Gzip, HeaderSaysNothingOfNameOrTime) {
  const std::string bytes = Compressed({Compression::kGzip, {}}, "x");
  EXPECT_EQ(bytes.substr(0, 8), std::string_view("\x1f\x8b\x08\0\0\0\0\0", 8));
}

TEST(Gzip, MembersAreAMebibyte) {
  const std::string text = SomeText(3 << 20);
  const CompressionChoice choice{Compression::kGzip, 6};
  const std::string whole = Compressed(choice, text);
  EXPECT_EQ(whole, Compressed(choice, text.substr(0, 1 << 20)) +
                       Compressed(choice, text.substr(1 << 20, 1 << 20)) +
                       Compressed(choice, text.substr(2 << 20)));
}

TEST(Gzip, ZerosMayFollowTheLastMember) {
  const std::string bytes = Compressed({Compression::kGzip, {}}, "x");
  EXPECT_EQ(Decompressed(bytes + std::string(200'000, '\0')), "x");
  ExpectKind(bytes + std::string(10, '\0') + bytes, ErrorKind::kCorrupt);
}

TEST(Zstd, FramesAreEightMebibytes) {
  const std::string text = SomeText(9 << 20);
  const CompressionChoice choice{Compression::kZstd, {}};
  const std::string whole = Compressed(choice, text);
  EXPECT_EQ(whole,
            Compressed(choice, text.substr(0, 8 << 20)) + Compressed(choice, text.substr(8 << 20)));
  EXPECT_EQ(Decompressed(whole), text);
}

TEST(Zstd, SkippableFramesAreSkipped) {
  const std::string skippable("\x5e\x2a\x4d\x18\x03\0\0\0abc", 11);
  const std::string frame = Compressed({Compression::kZstd, {}}, "x");
  EXPECT_EQ(Decompressed(skippable + frame + skippable), "x");
}

TEST(Zstd, WindowsHaveALimit) {
  EXPECT_EQ(Decompressed(ZstdFrame("x", 27)), "x");
  ExpectKind(ZstdFrame("x", 28), ErrorKind::kResourceExhausted);
  ExpectKind(ZstdFrame("x", 31), ErrorKind::kResourceExhausted);
}

TEST(Plain, ShortInputsAreNotMistaken) {
  for (const char* text : {"", "\x1f", "\x28\xb5\x2f", "P"}) {
    EXPECT_EQ(Decompressed(text), text);
  }
}

// The sink fails: the error reaches the writer, and nothing hangs.
TEST(Gzip, AFailingSinkStopsTheWork) {
  FunctionSink full(
      [](std::span<const std::byte>) { throw Error(ErrorKind::kResourceExhausted, "disk full"); });
  const auto compressor = Compress({Compression::kGzip, {}}, full);
  const std::string text = SomeText(20 << 20);
  EXPECT_THROW(compressor->Write(AsBytes(text)), Error);
}

}  // namespace
}  // namespace ibuild::layers
