// The port to a cache that many machines share: one document of answers, and the blobs that the
// answers name.
//
// A cache is advice from strangers. Every method may throw, be slow or lie: whoever asks bounds the
// waiting, goes on without it, and uses nothing without its digest. What the document says is the
// business of builder/cache; here it is opaque bytes. Any thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "oci/descriptor.h"
#include "support/byte_stream.h"

namespace ibuild::oci {

// A document and all blobs that it names, so that a cache may keep them as long as it.
struct CacheAnswers {
  std::string text;
  std::vector<Descriptor> blobs = {};
};

class SharedCache {
 public:
  // More than any honest document has; a longer one is kResourceExhausted.
  static constexpr std::size_t kMostBytes = 8u << 20;

  virtual ~SharedCache() = default;
  // Nothing when there is none yet.
  virtual std::optional<std::string> ReadAnswers(std::stop_token stop) = 0;
  // What takes the place of the document that is there now; nothing: it is right as it is. May be
  // called again when another writer came between.
  using Merge =
      std::function<std::optional<CacheAnswers>(const std::optional<std::string>& current)>;
  virtual void WriteAnswers(const Merge& merge) = 0;

  virtual bool Has(const Descriptor& blob) = 0;
  // Verified like any BlobSource's. Throws kNotFound, perhaps with the first Read.
  virtual std::unique_ptr<ByteSource> Open(const Descriptor& blob) = 0;
  // `open` gives the bytes from the start, once for every attempt.
  virtual void Put(const Descriptor& blob,
                   const std::function<std::unique_ptr<ByteSource>()>& open) = 0;
};

}  // namespace ibuild::oci
