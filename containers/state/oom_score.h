// How soon the kernel ends a container's processes when memory is short (--oom-score-adj, proc(5)).
#pragma once

#include <cstdint>
#include <string>

namespace ibuild::containers {

// While it lives, what this process starts has the score, from its first moment on. 0: as it is.
class WithOomScore {
 public:
  // Throws kPermission, kNotFound, … with what the kernel says: lowering one needs root.
  explicit WithOomScore(std::int64_t score);
  WithOomScore(const WithOomScore&) = delete;
  WithOomScore& operator=(const WithOomScore&) = delete;
  ~WithOomScore();

 private:
  std::string before_;  // empty: nothing was changed
};

}  // namespace ibuild::containers
