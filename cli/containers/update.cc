#include <optional>

#include "cli/containers/commands.h"
#include "cli/containers/each.h"
#include "cli/containers/open_engine.h"
#include "cli/containers/run_options.h"
#include "cli/render/output.h"
#include "cli/wiring.h"
#include "containers/engine/engine.h"
#include "containers/engine/live_limits.h"
#include "containers/model/status.h"

namespace ibuild::cli {
namespace {

using containers::Container;
using containers::Engine;
using containers::Limits;

class UpdateCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    DeclareContainerLimits(options, limits_);
    options.Custom("--restart", "POLICY", "no, on-failure[:N], always, unless-stopped",
                   [this](const std::string& text) { restart_ = ParseRestartPolicy(text); });
  }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    const Engine engine = OpenEngine(wiring);
    return ForEach(wiring, operands, [&](const std::string& name) {
      Container container = engine.containers().Find(name);
      Limits& kept = container.config.host.limits;
      if (limits_.memory != 0) kept.memory = limits_.memory;
      if (limits_.memory_swap != 0) kept.memory_swap = limits_.memory_swap;
      if (limits_.memory_reservation != 0) kept.memory_reservation = limits_.memory_reservation;
      if (limits_.cpu_shares != 0) kept.cpu_shares = limits_.cpu_shares;
      if (limits_.nano_cpus != 0) kept.nano_cpus = limits_.nano_cpus;
      if (limits_.cpu_period != 0) kept.cpu_period = limits_.cpu_period;
      if (limits_.cpu_quota != 0) kept.cpu_quota = limits_.cpu_quota;
      if (limits_.pids != 0) kept.pids = limits_.pids;
      CheckContainerLimits(kept);
      CheckRestart(container.config.host);
      if (containers::IsAlive(container.state.status)) {
        containers::ApplyLimits(engine.containers(), &container, Changed(kept));
      }
      if (restart_) container.config.host.restart = *restart_;
      engine.containers().WriteConfig(container);
      WriteStandardOutput(name + "\n");
    });
  }

 private:
  void CheckRestart(const containers::HostConfig& host) const {
    if (!restart_ || restart_->name == "no" || !host.auto_remove) return;
    throw Error(ErrorKind::kInvalidInput,
                "Restart policy cannot be updated because AutoRemove is enabled for the container")
        .WithHint("it was started with --rm; start one without");
  }

  // Memory and what it is with swap belong together, and so do a quota and its period.
  Limits Changed(const Limits& kept) const {
    Limits changed = limits_;
    changed.cpu_period = kept.cpu_period;
    if (limits_.cpu_period != 0) changed.cpu_quota = kept.cpu_quota;
    if (limits_.memory == 0 && limits_.memory_swap == 0) return changed;
    changed.memory = kept.memory;
    changed.memory_swap = kept.memory_swap;
    return changed;
  }

  Limits limits_;
  std::optional<containers::RestartPolicy> restart_;
};

}  // namespace

std::unique_ptr<Command> MakeUpdate() { return std::make_unique<UpdateCommand>(); }

}  // namespace ibuild::cli
