// Zstandard (RFC 8878).
#pragma once

#include <memory>

#include "support/byte_stream.h"

namespace ibuild::layers {

std::unique_ptr<ByteSource> MakeZstdSource(std::unique_ptr<ByteSource> source);
std::unique_ptr<ByteSink> MakeZstdSink(int level, ByteSink& sink);  // 1…22

}  // namespace ibuild::layers
