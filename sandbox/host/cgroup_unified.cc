#include "sandbox/host/cgroup_unified.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "sandbox/host/cgroup.h"
#include "sandbox/host/cgroup_name.h"
#include "support/error.h"
#include "support/files.h"
#include "support/text.h"

namespace ibuild::builder {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTopGroup = "ibuild";
constexpr const char* kDelegationHint =
    "limits need a control group of one's own: run ibuild under "
    "`systemd-run --user --scope -p Delegate=yes`, as root, or without the limit";

bool Lists(const fs::path& file, const std::string& controller) {
  const auto text = ReadFileIfExists(file);
  if (!text) return false;
  const std::vector<std::string_view> words = Split(Trim(*text), ' ');
  return std::find(words.begin(), words.end(), controller) != words.end();
}

// 0 or an errno; unlike WriteControl, failing is expected.
int TryWrite(const fs::path& file, const std::string& value) {
  const UniqueFd fd(open(file.c_str(), O_WRONLY | O_CLOEXEC));
  if (!fd) return errno;
  return write(fd.get(), value.data(), value.size()) < 0 ? errno : 0;
}

// Steps aside, so that our own group holds no process. Helps where we are alone in it.
bool MoveAside(const fs::path& group) {
  constexpr std::uint64_t kAsideNumber = ~std::uint64_t{0};
  const fs::path leaf = group / GroupName(std::to_string(kAsideNumber));
  if (mkdir(leaf.c_str(), 0755) != 0 && errno != EEXIST) return false;
  return TryWrite(leaf / "cgroup.procs", std::to_string(getpid())) == 0;
}

int EnableAtTop(const fs::path& mount, const std::string& controller, const fs::path& group) {
  if (const int error = EnableBelow(mount, controller); error != 0) return error;
  if (mkdir(group.c_str(), 0755) != 0 && errno != EEXIST) return errno;
  return EnableBelow(group, controller);
}

}  // namespace

int EnableBelow(const fs::path& group, const std::string& controller) {
  if (Lists(group / "cgroup.subtree_control", controller)) return 0;
  if (!Lists(group / "cgroup.controllers", controller)) return ENODEV;
  return TryWrite(group / "cgroup.subtree_control", "+" + controller);
}

fs::path UnifiedParent(const CgroupHost& host, const std::string& controller) {
  const fs::path own = host.unified.value();
  // Once aside, our group is the leaf and the place is its parent.
  if (ParseGroupName(own.filename().string()) && EnableBelow(own.parent_path(), controller) == 0) {
    return own.parent_path();
  }
  int error = EnableBelow(own, controller);
  if (error == 0) return own;
  if (error == EBUSY && MoveAside(own)) error = EnableBelow(own, controller);
  if (error == 0) return own;
  const fs::path top = host.unified_mount / kTopGroup;
  if (EnableAtTop(host.unified_mount, controller, top) == 0) return top;
  throw Error(
      ErrorKind::kUnsupported,
      fmt::format("the {} limit cannot be enforced: control group {} {}", controller, own.string(),
                  error == ENODEV  ? "was not given this controller"
                  : error == EBUSY ? "holds other processes"
                                   : "is not ours to change"))
      .WithHint(kDelegationHint);
}

void MakeGroup(const fs::path& group) {
  if (mkdir(group.c_str(), 0755) == 0) return;
  const int error_number = errno;
  Error error = ErrnoError("making control group " + group.string(), error_number);
  if (error_number == EACCES || error_number == EPERM || error_number == EROFS) {
    error = Error(ErrorKind::kUnsupported,
                  fmt::format("the limit cannot be enforced: no right to make control group {}",
                              group.string()))
                .WithHint(kDelegationHint);
  }
  throw error;
}

void WriteControl(const fs::path& file, const std::string& value) {
  const int error_number = TryWrite(file, value);
  if (error_number == 0) return;
  throw ErrnoError(fmt::format("writing {} to {}", value, file.string()), error_number);
}

void RemoveStaleGroups(const fs::path& parent) {
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(parent, ignored)) {
    const auto owner = ParseGroupName(entry.path().filename().string());
    if (!owner || StillRuns(*owner)) continue;
    TryWrite(entry.path() / "cgroup.kill", "1");
    rmdir(entry.path().c_str());
  }
}

}  // namespace ibuild::builder
