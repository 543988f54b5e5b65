// gzip (RFC 1952): written as independent members, read as a stream.
#pragma once

#include <memory>

#include "support/byte_stream.h"

namespace ibuild::layers {

std::unique_ptr<ByteSource> MakeGzipSource(std::unique_ptr<ByteSource> source);
std::unique_ptr<ByteSink> MakeGzipSink(int level, ByteSink& sink);  // 0…12

}  // namespace ibuild::layers
