// volume create, ls, inspect, rm, prune; system prune.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "cli/containers/commands.h"
#include "cli/containers/container_document.h"
#include "cli/containers/container_filter.h"
#include "cli/containers/each.h"
#include "cli/containers/format.h"
#include "cli/containers/networks.h"
#include "cli/containers/open_engine.h"
#include "cli/exit_code.h"
#include "cli/render/docker_units.h"
#include "cli/render/output.h"
#include "cli/wiring.h"
#include "containers/engine/engine.h"
#include "containers/monitor/start_failure.h"
#include "layers/store/reclaim.h"
#include "layers/store/tree_size.h"
#include "support/error.h"
#include "support/json.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

using containers::Container;
using containers::Engine;
using containers::VolumeConfig;

// The containers that have it, running or not.
std::vector<std::string> UsersOf(const Engine& engine, const std::string& volume) {
  std::vector<std::string> users;
  for (const Container& container : engine.containers().List()) {
    const auto& mounts = container.config.mounts;
    if (std::any_of(mounts.begin(), mounts.end(),
                    [&](const auto& mount) { return mount.name == volume; })) {
      users.push_back(container.config.id);
    }
  }
  return users;
}

class VolumeCreateCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Custom("-d,--driver", "local", "Only local", [](const std::string& text) {
      if (text != "local") {
        throw Error(ErrorKind::kUnsupported,
                    fmt::format("volume driver {} is not supported", text));
      }
    });
    options.Value("--name", "NAME", "Its name", name_);
    options.Custom("-o,--opt", "NAME=VALUE", "Accepted", [](const auto&) {});
    options.Each("--label", "NAME[=VALUE]", "A label; repeat", labels_);
  }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    const Engine engine = OpenEngine(wiring);
    VolumeConfig config;
    config.name = operands.empty() ? name_ : operands[0];
    for (const std::string& label : labels_) {
      const std::size_t equals = label.find('=');
      config.labels[label.substr(0, equals)] =
          equals == std::string::npos ? "" : label.substr(equals + 1);
    }
    WriteStandardOutput(engine.volumes().Create(config).name + "\n");
    return kExitOk;
  }

 private:
  std::string name_;
  std::vector<std::string> labels_;
};

class VolumeLsCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Switch("-q,--quiet", "Only the names", quiet_);
    options.Value("--format", "FORMAT", "table, json, or a Go template for each", format_);
    options.Each("-f,--filter", "NAME=VALUE", "name=, dangling=; repeat", filters_);
  }

  int Run(Wiring& wiring, const std::vector<std::string>&) override {
    const Engine engine = OpenEngine(wiring);
    std::string names;
    std::vector<OrderedJson> rows;
    for (const VolumeConfig& volume : engine.volumes().List()) {
      if (!Matches(engine, volume)) continue;
      names += volume.name + "\n";
      rows.push_back({{"Driver", "local"},
                      {"Name", volume.name},
                      {"Mountpoint", engine.volumes().Data(volume.name).native()},
                      {"Scope", "local"},
                      {"Labels", JoinLabels(volume.labels)},
                      {"Availability", "N/A"},
                      {"Group", "N/A"},
                      {"Links", "N/A"},
                      {"Size", "N/A"},
                      {"Status", "N/A"}});
    }
    WriteStandardOutput(
        quiet_ ? names
               : FormatRows(format_, {{"Driver", "DRIVER"}, {"Name", "VOLUME NAME"}}, rows));
    return kExitOk;
  }

 private:
  bool Matches(const Engine& engine, const VolumeConfig& volume) const {
    for (const std::string& filter : filters_) {
      if (filter.starts_with("name=") && volume.name.find(filter.substr(5)) == std::string::npos) {
        return false;
      }
      if (filter.starts_with("label=") && !HasLabel(volume.labels, filter.substr(6))) return false;
      if (!filter.starts_with("dangling=")) continue;
      const bool wanted = filter == "dangling=true" || filter == "dangling=1";
      if (UsersOf(engine, volume.name).empty() != wanted) return false;
    }
    return true;
  }

  bool quiet_ = false;
  std::string format_;
  std::vector<std::string> filters_;
};

class VolumeInspectCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Value("-f,--format", "FORMAT", "json, or a Go template for each volume", format_);
  }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    const Engine engine = OpenEngine(wiring);
    InspectOutput output(format_);
    const int code = ForEach(wiring, operands, [&](const std::string& name) {
      const VolumeConfig volume = engine.volumes().Find(name);
      OrderedJson labels;
      for (const auto& [key, value] : volume.labels) labels[key] = value;
      OrderedJson document;
      document["CreatedAt"] = FormatTime(volume.created);
      document["Driver"] = "local";
      document["Labels"] = std::move(labels);
      document["Mountpoint"] = engine.volumes().Data(volume.name).native();
      document["Name"] = volume.name;
      document["Options"] = OrderedJson::object();
      document["Scope"] = "local";
      output.Add(std::move(document));
    });
    WriteStandardOutput(output.Render());
    return code;
  }

 private:
  std::string format_;
};

class VolumeRmCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Switch("-f,--force", "One that is not there is fine", force_);
  }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    const Engine engine = OpenEngine(wiring);
    { const FileLock entered = engine.EnterUserNamespace(); }
    return ForEach(wiring, operands, [&](const std::string& name) {
      if (force_ && !engine.volumes().LookUp(name)) return;
      const VolumeConfig volume = engine.volumes().Find(name);
      const std::vector<std::string> users = UsersOf(engine, volume.name);
      if (!users.empty()) {
        throw Error(ErrorKind::kInvalidInput,
                    fmt::format("remove {}: volume is in use - [{}]", name, Join(users, ", ")))
            .WithHint("remove the container before");
      }
      containers::Discard(engine.store().layout(), engine.store().layout().volumes() / volume.name);
      WriteStandardOutput(name + "\n");
    });
  }

 private:
  bool force_ = false;
};

// Removes the volumes that no container has: those without a name, or all. What was freed.
std::uint64_t PruneVolumes(const Engine& engine, bool named, std::string* text) {
  std::uint64_t bytes = 0;
  for (const VolumeConfig& volume : engine.volumes().List()) {
    if ((!volume.anonymous && !named) || !UsersOf(engine, volume.name).empty()) continue;
    bytes += layers::SizeOnDisk(engine.volumes().Data(volume.name));
    containers::Discard(engine.store().layout(), engine.store().layout().volumes() / volume.name);
    *text += volume.name + "\n";
  }
  return bytes;
}

class VolumePruneCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Switch("-a,--all", "Also those that have a name", all_);
    options.Switch("-f,--force", "Accepted: nothing is asked", force_);
    options.Custom("--filter", "FILTER", "Accepted", [](const auto&) {});
  }

  int Run(Wiring& wiring, const std::vector<std::string>&) override {
    const Engine engine = OpenEngine(wiring);
    { const FileLock entered = engine.EnterUserNamespace(); }
    std::string text;
    const std::uint64_t bytes = PruneVolumes(engine, all_, &text);
    if (!text.empty()) text = "Deleted Volumes:\n" + text + "\n";
    WriteStandardOutput(text + fmt::format("Total reclaimed space: {}\n", DockerSize(bytes)));
    return kExitOk;
  }

 private:
  bool all_ = false;
  bool force_ = false;
};

class SystemPruneCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Switch("-a,--all", "Also all images and the build cache", all_);
    options.Switch("-f,--force", "Accepted: nothing is asked", force_);
    options.Switch("--volumes", "Also volumes without a name that no container has", volumes_);
    options.Custom("--filter", "FILTER", "Accepted", [](const auto&) {});
  }

  int Run(Wiring& wiring, const std::vector<std::string>&) override {
    const Engine engine = OpenEngine(wiring);
    { const FileLock entered = engine.EnterUserNamespace(); }
    std::string text;
    std::uint64_t bytes = 0;
    for (const Container& container : engine.containers().List()) {
      if (engine.containers().IsMonitored(container.files)) continue;
      bytes += layers::SizeOnDisk(container.files.directory());
      engine.Remove(container, false, false);
      text += container.config.id + "\n";
    }
    if (!text.empty()) text = "Deleted Containers:\n" + text + "\n";
    std::string volumes;
    if (volumes_) bytes += PruneVolumes(engine, false, &volumes);
    if (!volumes.empty()) text += "Deleted Volumes:\n" + volumes + "\n";
    const std::string networks = PruneNetworks(engine);
    if (!networks.empty()) text += "Deleted Networks:\n" + networks + "\n";
    layers::PruneOptions prune;
    prune.images = all_;
    prune.cache = all_;
    bytes += layers::Prune(wiring.store(), prune).bytes;
    WriteStandardOutput(text + fmt::format("Total reclaimed space: {}\n", DockerSize(bytes)));
    return kExitOk;
  }

 private:
  bool all_ = false;
  bool force_ = false;
  bool volumes_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeVolumeCreate() { return std::make_unique<VolumeCreateCommand>(); }
std::unique_ptr<Command> MakeVolumeLs() { return std::make_unique<VolumeLsCommand>(); }
std::unique_ptr<Command> MakeVolumeInspect() { return std::make_unique<VolumeInspectCommand>(); }
std::unique_ptr<Command> MakeVolumeRm() { return std::make_unique<VolumeRmCommand>(); }
std::unique_ptr<Command> MakeVolumePrune() { return std::make_unique<VolumePruneCommand>(); }
std::unique_ptr<Command> MakeSystemPrune() { return std::make_unique<SystemPruneCommand>(); }

}  // namespace ibuild::cli
