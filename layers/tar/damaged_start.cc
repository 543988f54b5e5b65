#include "layers/tar/damaged_start.h"

#include <lzma.h>
#include <unistd.h>
#include <zlib.h>

#include <vector>

#include "layers/tar/header.h"
#include "support/error.h"

namespace ibuild::layers {
namespace {

constexpr std::size_t kStart = 128 << 10;  // compressed, far more than one header needs
constexpr std::uint64_t kXzMemory = 256u << 20;

using Bytes = std::vector<unsigned char>;

Bytes ReadStart(const UniqueFd& file) {
  Bytes bytes(kStart);
  const ssize_t size = ::pread(file.get(), bytes.data(), bytes.size(), 0);
  if (size < 0) ThrowErrno("read an archive");
  bytes.resize(static_cast<std::size_t>(size));
  return bytes;
}

// Both fill `block` as far as they can and return whether all of it was there.
bool InflateStart(Bytes& input, TarBlock& block) {
  z_stream stream{};
  if (inflateInit2(&stream, MAX_WBITS + 16) != Z_OK) return false;
  stream.next_in = input.data();
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(block.data());
  stream.avail_out = static_cast<uInt>(block.size());
  while (stream.avail_out > 0 && inflate(&stream, Z_NO_FLUSH) == Z_OK) continue;
  inflateEnd(&stream);
  return stream.avail_out == 0;
}

bool DecodeXzStart(const Bytes& input, TarBlock& block) {
  lzma_stream stream = LZMA_STREAM_INIT;
  if (lzma_stream_decoder(&stream, kXzMemory, 0) != LZMA_OK) return false;
  stream.next_in = input.data();
  stream.avail_in = input.size();
  stream.next_out = reinterpret_cast<std::uint8_t*>(block.data());
  stream.avail_out = block.size();
  while (stream.avail_out > 0 && lzma_code(&stream, LZMA_RUN) == LZMA_OK) continue;
  lzma_end(&stream);
  return stream.avail_out == 0;
}

}  // namespace

bool StartsAsCompressedTar(const UniqueFd& file) {
  Bytes start = ReadStart(file);
  TarBlock block = {};
  return (InflateStart(start, block) || DecodeXzStart(start, block)) && IsTarHeader(block);
}

}  // namespace ibuild::layers
