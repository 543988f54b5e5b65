#include "containers/engine/live_limits.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "containers/engine/container_spec.h"
#include "containers/engine/processes.h"
#include "sandbox/host/cgroup.h"
#include "sandbox/host/cgroup_controls.h"
#include "sandbox/host/cgroup_unified.h"
#include "support/error.h"

namespace ibuild::containers {
namespace {

namespace fs = std::filesystem;

using builder::CgroupControl;
using builder::ControlFile;

bool IsThere(const fs::path& path) { return access(path.c_str(), F_OK) == 0; }

bool IsUnified(const fs::path& group) { return IsThere(group / "cgroup.controllers"); }

struct Target {
  fs::path group;
  std::vector<ControlFile> files;
};

// The group of the container that has the control; nothing: none has.
std::optional<Target> FindTarget(const Container& container, const CgroupControl& control) {
  for (const fs::path group : container.state.control_groups) {
    const auto& files = IsUnified(group) ? control.unified : control.older;
    if (IsThere(group / files.front().name)) return Target{group, files};
  }
  return std::nullopt;
}

// In the older groups memory may not exceed memory and swap, so one of two orders is right: what
// was refused is tried once more when the others are written.
void WriteFiles(const Target& target) {
  std::vector<const ControlFile*> refused;
  for (const ControlFile& file : target.files) {
    if (file.optional && !IsThere(target.group / file.name)) continue;
    try {
      builder::WriteControl(target.group / file.name, file.value);
    } catch (const Error&) {
      refused.push_back(&file);
    }
  }
  for (const ControlFile* file : refused) {
    builder::WriteControl(target.group / file->name, file->value);
  }
}

// Beside the group where its processes are now, which is none of its own.
fs::path MakeOlderGroup(const Container& container, const fs::path& present) {
  const fs::path name = fs::path(container.state.control_groups.front()).filename();
  fs::path group = present / name;
  builder::MakeGroup(group);
  // Twice, for what was started while the others were moved.
  for (int round = 0; round < 2; ++round) {
    for (const std::int64_t pid : ProcessesOf(container)) {
      try {
        builder::WriteControl(group / "cgroup.procs", std::to_string(pid));
      } catch (const Error&) {  // it has ended meanwhile
        continue;
      }
    }
  }
  return group;
}

// A control that it was started without.
void MakeTarget(const ContainerStore& store, Container* container, const std::string& controller) {
  const std::vector<std::string>& groups = container->state.control_groups;
  if (groups.empty()) return;
  const builder::CgroupHost host = builder::FindCgroupHost(std::to_string(container->state.pid));
  if (const auto present = host.older.find(controller); present != host.older.end()) {
    const fs::path group = MakeOlderGroup(*container, present->second);
    store.Change(container,
                 [&](ContainerState& state) { state.control_groups.push_back(group.native()); });
    return;
  }
  const auto unified = std::find_if(groups.begin(), groups.end(), IsUnified);
  if (unified != groups.end()) builder::EnableBelow(fs::path(*unified).parent_path(), controller);
}

}  // namespace

void ApplyLimits(const ContainerStore& store, Container* container, const Limits& limits) {
  for (const CgroupControl& control : builder::ControlsFor(LimitsOf(limits))) {
    auto target = FindTarget(*container, control);
    if (!target) {
      MakeTarget(store, container, control.controller);
      target = FindTarget(*container, control);
    }
    if (!target) {
      throw Error(ErrorKind::kUnsupported,
                  fmt::format("{} cannot be changed while the container runs: the machine gives it "
                              "no {} control group",
                              control.option, control.controller))
          .WithHint("stop it, update it, and start it again");
    }
    WriteFiles(*target);
  }
}

}  // namespace ibuild::containers
