#include "builder/solve/step_lock.h"

#include <chrono>
#include <thread>
#include <utility>

#include "support/error.h"

namespace ibuild::builder {
namespace {

// flock(2) knows no stop token, hence the looks at short intervals.
constexpr std::chrono::milliseconds kInterval{20};

}  // namespace

StepLock StepLock::Acquire(const layers::StoreLayout& layout, const CacheKey& key,
                           const std::stop_token& stop) {
  const auto path = layout.locks() / ("step-" + key.digest.hex().substr(0, 3));
  for (;;) {
    if (auto lock = FileLock::TryAcquire(path, FileLock::Mode::kExclusive)) {
      return StepLock(*std::move(lock));
    }
    if (stop.stop_requested()) throw Error(ErrorKind::kCancelled, "the build was cancelled");
    std::this_thread::sleep_for(kInterval);
  }
}

}  // namespace ibuild::builder
