// A sink that works on a stream block by block, on all cores, and writes the results in order.
//
// The result is a pure function of the bytes: blocks have a fixed size, however the bytes came and
// however many threads there are. At most one block more than threads is in the works, so memory is
// bounded and a slow taker slows the giver.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "support/byte_stream.h"

namespace ibuild::layers {

using ByteBlock = std::vector<std::byte>;
using BlockWork = std::function<ByteBlock(const ByteBlock&)>;  // called from any thread

// Every block but the last has `block_size` bytes. A stream of no bytes is one empty block. What
// `work` throws comes out of Write or Finish. Finish finishes `sink` too.
std::unique_ptr<ByteSink> MakeBlockSink(std::size_t block_size, BlockWork work, ByteSink& sink);

}  // namespace ibuild::layers
