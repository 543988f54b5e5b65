// volume create, ls, inspect, rm.
#include "cli/containers/volumes.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "cli/building/fields.h"
#include "cli/containers/commands.h"
#include "cli/containers/container_document.h"
#include "cli/containers/container_filter.h"
#include "cli/containers/each.h"
#include "cli/containers/filter_text.h"
#include "cli/containers/format.h"
#include "cli/containers/open_engine.h"
#include "cli/containers/podman_lists.h"
#include "cli/exit_code.h"
#include "cli/render/output.h"
#include "cli/wiring.h"
#include "containers/engine/engine.h"
#include "containers/monitor/start_failure.h"
#include "support/error.h"
#include "support/json.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

using containers::Container;
using containers::Engine;
using containers::VolumeConfig;

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
    options.Filter("-f,--filter", "Only some: name=, driver=, label=, dangling=; repeat",
                   [this](const std::string& text) {
                     filters_.push_back(ParseFilter(text, {"name", "driver", "label", "dangling"}));
                   });
  }

  int Run(Wiring& wiring, const std::vector<std::string>&) override {
    const Engine engine = OpenEngine(wiring);
    std::string names;
    std::vector<OrderedJson> rows;
    const bool as_podman = format_ == "json" && wiring.settings().tool == ToolKind::kPodman;
    for (const VolumeConfig& volume : engine.volumes().List()) {
      if (!Matches(engine, volume)) continue;
      if (as_podman) {
        rows.push_back(PodmanVolume(volume, engine.volumes().Data(volume.name)));
        continue;
      }
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
        as_podman ? PodmanList(rows)
        : quiet_  ? names
                  : FormatRows(format_, {{"Driver", "DRIVER"}, {"Name", "VOLUME NAME"}}, rows));
    return kExitOk;
  }

 private:
  bool Matches(const Engine& engine, const VolumeConfig& volume) const {
    return std::all_of(filters_.begin(), filters_.end(), [&](const FilterText& filter) {
      return Passes(engine, volume, filter.name, filter.value);
    });
  }

  static bool Passes(const Engine& engine, const VolumeConfig& volume, const std::string& name,
                     const std::string& value) {
    if (name == "name") return MatchesPattern(volume.name, value);
    if (name == "driver") return value == "local";
    if (name == "label") return HasLabel(volume.labels, value);
    return UsersOfVolume(engine, volume.name).empty() ==
           FieldAsBool({.key = name, .value = value, .has_value = true});
  }

  bool quiet_ = false;
  std::string format_;
  std::vector<FilterText> filters_;
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
      const std::vector<std::string> users = UsersOfVolume(engine, volume.name);
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

}  // namespace

std::vector<std::string> UsersOfVolume(const Engine& engine, const std::string& volume) {
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

std::unique_ptr<Command> MakeVolumeCreate() { return std::make_unique<VolumeCreateCommand>(); }
std::unique_ptr<Command> MakeVolumeLs() { return std::make_unique<VolumeLsCommand>(); }
std::unique_ptr<Command> MakeVolumeInspect() { return std::make_unique<VolumeInspectCommand>(); }
std::unique_ptr<Command> MakeVolumeRm() { return std::make_unique<VolumeRmCommand>(); }

}  // namespace ibuild::cli
