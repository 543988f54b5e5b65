// What the processes of a container inherit from whoever starts them: the CPUs, the OOM score.
#pragma once

#include <optional>
#include <utility>

#include "containers/model/container.h"
#include "containers/state/oom_score.h"
#include "containers/state/processors.h"

namespace ibuild::containers {

// In force from the beginning to the end of its life, but for the time of what is done outside. The
// configuration must outlive it.
class Confinement {
 public:
  explicit Confinement(const ContainerConfig& config) : config_(config) { Enter(); }

  // Routers, name servers and other helpers are not the container's: some of them serve everybody.
  template <typename Work>
  void DoOutside(Work&& work) {
    Leave();
    std::forward<Work>(work)();
    Enter();
  }

 private:
  void Enter() {
    processors_.emplace(config_.host.processors);
    oom_score_.emplace(config_.host.oom_score_adjustment);
  }
  void Leave() {
    oom_score_.reset();
    processors_.reset();
  }

  const ContainerConfig& config_;
  std::optional<OnProcessors> processors_;
  std::optional<WithOomScore> oom_score_;
};

}  // namespace ibuild::containers
