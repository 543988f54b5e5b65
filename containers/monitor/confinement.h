// What the processes of a container inherit from whoever starts them: namespaces of another
// container, the CPUs, the OOM score.
#pragma once

#include <optional>
#include <utility>

#include "containers/monitor/shared_namespaces.h"
#include "containers/state/oom_score.h"
#include "containers/state/processors.h"

namespace ibuild::containers {

// In force from the beginning to the end of its life, but for the time of what is done outside. The
// container and the store must outlive it.
class Confinement {
 public:
  Confinement(const ContainerConfig& config, const ContainerStore& store)
      : config_(config), store_(store) {
    Enter();
  }

  // Routers, name servers and other helpers are not the container's: some of them serve everybody.
  template <typename Work>
  void DoOutside(Work&& work) {
    Leave();
    std::forward<Work>(work)();
    Enter();
  }

 private:
  void Enter() {
    shared_.emplace(config_, store_);
    processors_.emplace(config_.host.processors);
    oom_score_.emplace(config_.host.oom_score_adjustment);
  }
  void Leave() {
    oom_score_.reset();
    processors_.reset();
    shared_.reset();
  }

  const ContainerConfig& config_;
  const ContainerStore& store_;
  std::optional<SharedNamespaces> shared_;
  std::optional<OnProcessors> processors_;
  std::optional<WithOomScore> oom_score_;
};

}  // namespace ibuild::containers
