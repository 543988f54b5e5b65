// The processors that a container may use (--cpuset-cpus): "0-2,4". As the affinity of its
// processes, so that it needs no control group.
#pragma once

#include <sched.h>

#include <string>

namespace ibuild::containers {

// Throws kUsage for a list that is none.
cpu_set_t ParseProcessors(const std::string& list);

// While it lives, this thread and what it starts use no others. An empty list: all.
class OnProcessors {
 public:
  // Throws kInvalidInput when one of them is not there, or not for us.
  explicit OnProcessors(const std::string& list);
  OnProcessors(const OnProcessors&) = delete;
  OnProcessors& operator=(const OnProcessors&) = delete;
  ~OnProcessors();

 private:
  bool changed_ = false;
  cpu_set_t before_{};
};

}  // namespace ibuild::containers
