// StallWatch: notices a transfer that has (nearly) stopped.
//
// At least `minimum` bytes must pass in every `window` while we wait for the network; time that the
// other side of us takes (a slow disk) does not count, because only waits are fed in. Pure: time
// comes in as an argument.
#pragma once

#include <chrono>
#include <cstdint>

namespace ibuild::registry {

class StallWatch {
 public:
  using Duration = std::chrono::steady_clock::duration;

  StallWatch(std::uint64_t minimum, Duration window) : minimum_(minimum), window_(window) {}

  // `waited` passed in waiting for the network and brought `bytes`. True: it has stalled.
  bool Stalled(Duration waited, std::uint64_t bytes) {
    waited_ += waited;
    bytes_ += bytes;
    if (bytes_ >= minimum_) {
      waited_ = Duration::zero();
      bytes_ = 0;
    }
    return waited_ >= window_;
  }
  Duration Left() const { return window_ - waited_; }

 private:
  std::uint64_t minimum_;
  Duration window_;
  Duration waited_ = Duration::zero();
  std::uint64_t bytes_ = 0;
};

}  // namespace ibuild::registry
