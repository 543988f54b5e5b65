// StepLock: single flight for one cache key among the builds that share a store. Some keys share a
// lock, which only delays.
#pragma once

#include <stop_token>

#include "builder/cache/cache_key.h"
#include "layers/store/store_layout.h"
#include "support/files.h"

namespace ibuild::builder {

class StepLock {
 public:
  // Waits while another build holds the lock; throws kCancelled when asked to stop meanwhile.
  static StepLock Acquire(const layers::StoreLayout& layout, const CacheKey& key,
                          const std::stop_token& stop);

 private:
  StepLock(FileLock lock) : lock_(std::move(lock)) {}

  FileLock lock_;
};

}  // namespace ibuild::builder
