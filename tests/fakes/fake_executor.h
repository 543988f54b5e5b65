// FakeExecutor: runs no process. Each command line is a function of the test's, which may write
// into the layer as a real step would and says how the step ends.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "sandbox/executor.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::builder {

class FakeExecutor final : public Executor {
 public:
  using Behaviour =
      std::function<ExecutionResult(const SandboxSpec&, const ProcessIo&, std::stop_token)>;

  // `command`: argv joined by blanks.
  void When(const std::string& command, Behaviour behaviour) {
    behaviours_[command] = std::move(behaviour);
  }

  std::vector<std::string> commands() const {
    const std::scoped_lock lock(mutex_);
    return commands_;
  }
  std::vector<SandboxSpec> specs() const {
    const std::scoped_lock lock(mutex_);
    return specs_;
  }

  ExecutionResult Run(const SandboxSpec& spec, const ProcessIo& io, std::stop_token stop) override {
    const std::string command = Join(spec.argv, " ");
    {
      const std::scoped_lock lock(mutex_);
      commands_.push_back(command);
      specs_.push_back(spec);
    }
    const auto found = behaviours_.find(command);
    if (found == behaviours_.end()) return {};
    return found->second(spec, io, std::move(stop));
  }

 private:
  std::map<std::string, Behaviour> behaviours_;
  mutable std::mutex mutex_;
  std::vector<std::string> commands_;
  std::vector<SandboxSpec> specs_;
};

}  // namespace ibuild::builder
