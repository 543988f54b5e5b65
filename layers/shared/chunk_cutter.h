// Cuts a stream into chunks where its content says so: an insertion moves no cut but those near it,
// so that of a file that changed a little most chunks are the same as before.
//
// The rolling sum is a "gear": shift, and add a random number for every byte; a cut comes where its
// upper bits are zero. Pure; the cuts are the same on every machine, since chunks are shared.
#pragma once

#include <cstddef>
#include <functional>
#include <span>

#include "support/byte_stream.h"

namespace ibuild::layers {

inline constexpr std::size_t kLeastChunk = 16u << 10;
inline constexpr std::size_t kUsualChunk = 48u << 10;
inline constexpr std::size_t kMostChunk = 256u << 10;

// Reads `source` to its end; `take` gets every chunk in order, valid during the call.
void CutChunks(ByteSource& source, const std::function<void(std::span<const std::byte>)>& take);

}  // namespace ibuild::layers
