// Inflater: decoding one gzip member after the other (RFC 1952), with the fastest decoder that this
// machine has: ISA-L's when its library is installed, else zlib's.
//
// ISA-L (libisal2) decodes about four times as fast; it is loaded when the first gzip stream is
// read, so that a start without one does not pay for it, and its absence costs speed alone.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

namespace ibuild::layers {

class Inflater {
 public:
  struct Progress {
    std::size_t taken = 0;  // of the input
    std::size_t made = 0;   // of the output
    bool member_ended = false;
  };

  virtual ~Inflater() = default;
  // Decodes some of `input` into `output`. Throws kCorrupt; checks each member's checksum and size.
  virtual Progress Run(std::span<const std::byte> input, std::span<std::byte> output) = 0;
  virtual void BeginMember() = 0;  // after one has ended
};

// kAny: the fastest.
enum class InflateEngine { kAny, kZlib, kIsal };
// Null only for kIsal, when the library is not there.
std::unique_ptr<Inflater> MakeInflater(InflateEngine engine = InflateEngine::kAny);

}  // namespace ibuild::layers
