// A shared cache in memory that can be told to misbehave. Counts what is asked of it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "oci/blob_store.h"
#include "oci/shared_cache.h"
#include "support/error.h"

namespace ibuild::fakes {

class MemoryCache final : public oci::SharedCache {
 public:
  std::optional<std::string> ReadAnswers(std::stop_token stop) override {
    std::unique_lock lock(mutex_);
    ++reads;
    if (silent) {
      wake_.wait_for(lock, stop, std::chrono::seconds(60), [] { return false; });
      throw Error(ErrorKind::kCancelled, "stopped");
    }
    if (failure) throw *failure;
    return answers;
  }

  void WriteAnswers(const Merge& merge) override {
    std::optional<std::string> current;
    {
      const std::scoped_lock lock(mutex_);
      if (failure) throw *failure;
      current = answers;
    }
    const auto merged = merge(current);
    const std::scoped_lock lock(mutex_);
    if (!merged) return;
    ++writes;
    answers = merged->text;
  }

  bool Has(const oci::Descriptor& blob) override {
    const std::scoped_lock lock(mutex_);
    if (failure) throw *failure;
    return blobs.contains(blob.digest);
  }

  std::unique_ptr<ByteSource> Open(const oci::Descriptor& blob) override {
    const std::scoped_lock lock(mutex_);
    ++opens;
    if (failure) throw *failure;
    const auto found = blobs.find(blob.digest);
    if (found == blobs.end()) throw Error(ErrorKind::kNotFound, "no such blob");
    return std::make_unique<oci::VerifyingSource>(std::make_unique<StringSource>(found->second),
                                                  blob);
  }

  void Put(const oci::Descriptor& blob,
           const std::function<std::unique_ptr<ByteSource>()>& open) override {
    const auto content = open();
    std::string bytes = ReadToString(*content, 64u << 20);
    const std::scoped_lock lock(mutex_);
    if (full) throw Error(ErrorKind::kResourceExhausted, "the bucket is full");
    ++puts;
    blobs[blob.digest] = std::move(bytes);
  }

  std::optional<std::string> answers;
  std::map<oci::Digest, std::string> blobs;
  std::optional<Error> failure;
  bool silent = false;  // never answers
  bool full = false;
  int reads = 0;
  int writes = 0;
  int opens = 0;
  int puts = 0;

 private:
  std::mutex mutex_;
  std::condition_variable_any wake_;
};

}  // namespace ibuild::fakes
