#include "sandbox/host/cgroup_host.h"

#include <algorithm>
#include <vector>

#include "support/text.h"

namespace ibuild::builder {
namespace {

struct CgroupMount {
  std::string root;
  std::filesystem::path point;
  bool unified = false;
  std::vector<std::string> options;  // the controllers are among them
};

// proc(5): "id parent major:minor ROOT POINT options … - TYPE source SUPER-OPTIONS".
std::optional<CgroupMount> ParseMount(std::string_view line) {
  const std::size_t separator = line.find(" - ");
  if (separator == std::string_view::npos) return std::nullopt;
  const std::vector<std::string_view> left = Split(line.substr(0, separator), ' ');
  const std::vector<std::string_view> right = Split(line.substr(separator + 3), ' ');
  if (left.size() < 5 || right.size() < 3 || !right[0].starts_with("cgroup")) return std::nullopt;
  CgroupMount mount{std::string(left[3]), std::string(left[4]), right[0] == "cgroup2", {}};
  for (std::string_view option : Split(right[2], ',')) mount.options.emplace_back(option);
  return mount;
}

// The directory of group `path` under a mount that shows `mount.root` and what is below.
std::optional<std::filesystem::path> GroupDirectory(const CgroupMount& mount,
                                                    std::string_view path) {
  if (mount.root == "/") return mount.point / path.substr(1);
  if (path == mount.root) return mount.point;
  if (!path.starts_with(mount.root + "/")) return std::nullopt;
  return mount.point / path.substr(mount.root.size() + 1);
}

bool IsMountOf(const CgroupMount& mount, const std::vector<std::string_view>& controllers) {
  return !mount.unified &&
         std::all_of(controllers.begin(), controllers.end(), [&](std::string_view controller) {
           return std::find(mount.options.begin(), mount.options.end(), controller) !=
                  mount.options.end();
         });
}

std::vector<CgroupMount> ParseMounts(std::string_view mountinfo) {
  std::vector<CgroupMount> mounts;
  for (std::string_view line : Split(mountinfo, '\n')) {
    if (auto mount = ParseMount(line)) mounts.push_back(std::move(*mount));
  }
  return mounts;
}

void PlaceUnified(const std::vector<CgroupMount>& mounts, std::string_view path, CgroupHost* host) {
  for (const CgroupMount& mount : mounts) {
    if (!mount.unified || host->unified) continue;
    host->unified = GroupDirectory(mount, path);
    host->unified_mount = mount.point;
  }
}

void PlaceOlder(const std::vector<CgroupMount>& mounts, std::string_view controllers,
                std::string_view path, CgroupHost* host) {
  const std::vector<std::string_view> names = Split(controllers, ',');
  for (const CgroupMount& mount : mounts) {
    if (!IsMountOf(mount, names)) continue;
    const auto directory = GroupDirectory(mount, path);
    for (std::string_view name : names) {
      if (directory) host->older.emplace(name, *directory);
    }
  }
}

}  // namespace

CgroupHost ParseCgroupHost(std::string_view self_cgroup, std::string_view mountinfo) {
  const std::vector<CgroupMount> mounts = ParseMounts(mountinfo);
  CgroupHost host;
  for (std::string_view line : Split(self_cgroup, '\n')) {
    // "hierarchy:controllers:path"; the path may hold colons.
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first == std::string_view::npos ? first : first + 1);
    if (second == std::string_view::npos) continue;
    const std::string_view controllers = line.substr(first + 1, second - first - 1);
    const std::string_view path = line.substr(second + 1);
    if (path.empty() || path.front() != '/') continue;
    if (controllers.empty()) {
      PlaceUnified(mounts, path, &host);
    } else {
      PlaceOlder(mounts, controllers, path, &host);
    }
  }
  return host;
}

std::optional<std::uint64_t> FindCounter(std::string_view file, std::string_view name) {
  for (std::string_view line : Split(file, '\n')) {
    if (line.size() > name.size() && line.starts_with(name) && line[name.size()] == ' ') {
      return ParseUnsigned(Trim(line.substr(name.size() + 1)));
    }
  }
  return std::nullopt;
}

}  // namespace ibuild::builder
