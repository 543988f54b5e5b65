// container prune, network prune, volume prune, system prune: what nobody needs goes.
#include <fmt/format.h>

#include <algorithm>

#include "cli/containers/commands.h"
#include "cli/containers/networks.h"
#include "cli/containers/open_engine.h"
#include "cli/containers/prune_filter.h"
#include "cli/containers/volumes.h"
#include "cli/exit_code.h"
#include "cli/images/prune_images.h"
#include "cli/layer_of_record.h"
#include "cli/render/docker_units.h"
#include "cli/render/output.h"
#include "cli/wiring.h"
#include "containers/engine/engine.h"
#include "containers/monitor/start_failure.h"
#include "layers/store/cache_contents.h"
#include "layers/store/prune_note.h"
#include "layers/store/reclaim.h"
#include "layers/store/tree_size.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

using containers::Container;
using containers::Engine;

struct Pruned {
  std::string lines;  // what went
  std::uint64_t bytes = 0;

  std::string Describe(const char* kind) const {
    return lines.empty() ? "" : fmt::format("Deleted {}:\n{}\n", kind, lines);
  }
};

// False: somebody has started it meanwhile.
bool TryRemove(const Engine& engine, const Container& container) {
  try {
    engine.Remove(container, false, false);
    return true;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kInvalidInput) throw;
    return false;
  }
}

Pruned PruneContainers(const Engine& engine, const PruneFilter& filter) {
  Pruned pruned;
  for (const Container& container : engine.containers().List()) {
    if (engine.containers().IsMonitored(container.files)) continue;
    if (!filter.Matches(container.config.process.labels, container.config.created)) continue;
    const std::uint64_t bytes = layers::SizeOnDisk(container.files.directory());
    if (!TryRemove(engine, container)) continue;
    pruned.bytes += bytes;
    pruned.lines += container.config.id + "\n";
  }
  return pruned;
}

Pruned PruneNetworks(const Engine& engine, const PruneFilter& filter) {
  Pruned pruned;
  for (const containers::NetworkConfig& network : engine.networks().List()) {
    if (network.IsBuiltIn() || !filter.Matches(network.labels, network.created)) continue;
    if (!UsersOfNetwork(engine, network).empty()) continue;
    engine.networks().Remove(network);
    pruned.lines += network.name + "\n";
  }
  return pruned;
}

// Those without a name, or all.
Pruned PruneVolumes(const Engine& engine, const PruneFilter& filter, bool named) {
  Pruned pruned;
  for (const containers::VolumeConfig& volume : engine.volumes().List()) {
    if (!volume.anonymous && !named) continue;
    if (!filter.Matches(volume.labels, volume.created)) continue;
    if (!UsersOfVolume(engine, volume.name).empty()) continue;
    pruned.bytes += layers::SizeOnDisk(engine.volumes().Data(volume.name));
    containers::Discard(engine.store().layout(), engine.store().layout().volumes() / volume.name);
    pruned.lines += volume.name + "\n";
  }
  return pruned;
}

std::string Reclaimed(std::uint64_t bytes) {
  return fmt::format("Total reclaimed space: {}\n", DockerSize(bytes));
}

class PruningCommand : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Switch("-f,--force", "Accepted: nothing is asked", force_);
    options.Filter("--filter", "Only some: until (not of volumes), label, label!; repeat",
                   [this](const std::string& text) { AddFilter(text); });
  }

 protected:
  const PruneFilter& filter() const { return filter_; }
  virtual void AddFilter(const std::string& text) { filter_.Add(text); }

 private:
  bool force_ = false;
  PruneFilter filter_;
};

class ContainerPruneCommand final : public PruningCommand {
 public:
  int Run(Wiring& wiring, const std::vector<std::string>&) override {
    const Engine engine = OpenEngine(wiring);
    { const FileLock entered = engine.EnterUserNamespace(); }
    const Pruned pruned = PruneContainers(engine, filter());
    WriteStandardOutput(pruned.Describe("Containers") + Reclaimed(pruned.bytes));
    return kExitOk;
  }
};

class NetworkPruneCommand final : public PruningCommand {
 public:
  int Run(Wiring& wiring, const std::vector<std::string>&) override {
    WriteStandardOutput(PruneNetworks(OpenEngine(wiring), filter()).Describe("Networks"));
    return kExitOk;
  }
};

class VolumePruneCommand final : public PruningCommand {
 public:
  void Declare(OptionSet& options) override {
    options.Switch("-a,--all", "Also those that have a name", all_);
    PruningCommand::Declare(options);
  }

  int Run(Wiring& wiring, const std::vector<std::string>&) override {
    filter().RefuseUntil();
    const Engine engine = OpenEngine(wiring);
    { const FileLock entered = engine.EnterUserNamespace(); }
    const Pruned pruned = PruneVolumes(engine, filter(), all_);
    WriteStandardOutput(pruned.Describe("Volumes") + Reclaimed(pruned.bytes));
    return kExitOk;
  }

 private:
  // Docker knows one more, which says the same as --all.
  void AddFilter(const std::string& text) override {
    if (text == "all=1" || text == "all=true") {
      all_ = true;
    } else {
      PruningCommand::AddFilter(text);
    }
  }

  bool all_ = false;
};

class SystemPruneCommand final : public PruningCommand {
 public:
  void Declare(OptionSet& options) override {
    options.Switch("-a,--all", "Also all images, and the build cache unless labels are asked for",
                   all_);
    options.Switch("--volumes", "Also volumes without a name that no container has", volumes_);
    PruningCommand::Declare(options);
  }

  int Run(Wiring& wiring, const std::vector<std::string>&) override {
    if (volumes_) filter().RefuseUntil();
    const Engine engine = OpenEngine(wiring);
    { const FileLock entered = engine.EnterUserNamespace(); }
    const Pruned gone = PruneContainers(engine, filter());
    const Pruned volumes = volumes_ ? PruneVolumes(engine, filter(), false) : Pruned();
    const Pruned networks = PruneNetworks(engine, filter());
    const Pruned store = PruneStore(wiring.store());
    WriteStandardOutput(gone.Describe("Containers") + volumes.Describe("Volumes") +
                        networks.Describe("Networks") + store.Describe("Images") +
                        Reclaimed(gone.bytes + volumes.bytes + store.bytes));
    return kExitOk;
  }

 private:
  // Images and the build cache.
  Pruned PruneStore(layers::Store& store) const {
    Pruned pruned{.lines = PruneImages(store.root(), filter().ForImages(), all_)};
    const layers::PruneReport report = PruneLayers(store);
    pruned.bytes = report.bytes;
    if (report.records != 0) {
      const std::string said = Join(filter().texts(), ", ");
      layers::NotePrune(store,
                        {.time = Now(),
                         .rule = "`system prune --all`" + (said.empty() ? "" : " (" + said + ")")});
    }
    return pruned;
  }

  layers::PruneReport PruneLayers(layers::Store& store) const {
    // Nothing in the cache has labels, so none of it was asked for by them.
    if (!all_ || !filter().until() || filter().HasLabels()) {
      const bool whole = all_ && filter().IsEmpty();
      return layers::Prune(store, {.untagged = false, .cache = whole});
    }
    const std::int64_t age = Now().seconds - filter().until()->seconds;
    const layers::CacheLimits limits{.unused_seconds = std::max<std::int64_t>(age, 0)};
    return layers::TrimCache(store, limits, LayerOfRecord, {.untagged = false});
  }

  bool all_ = false;
  bool volumes_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeContainerPrune() { return std::make_unique<ContainerPruneCommand>(); }
std::unique_ptr<Command> MakeNetworkPrune() { return std::make_unique<NetworkPruneCommand>(); }
std::unique_ptr<Command> MakeVolumePrune() { return std::make_unique<VolumePruneCommand>(); }
std::unique_ptr<Command> MakeSystemPrune() { return std::make_unique<SystemPruneCommand>(); }

}  // namespace ibuild::cli
