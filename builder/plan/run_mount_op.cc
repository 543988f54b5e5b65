#include "builder/plan/run_mount_op.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "support/clean_path.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::builder {
namespace {

// Go's path.Clean: unlike CleanPath it keeps whether a path is absolute ("c" is not "/c").
std::string CleanAsWritten(const std::string& path) {
  std::string clean = CleanPath::Parse(path).Absolute();
  if (!path.starts_with('/')) clean.erase(0, 1);
  return clean.empty() ? "." : clean;
}

std::string BaseName(const std::string& path) { return std::string(CleanPath::Parse(path).Name()); }

// /proc and /sys show the sandbox itself and are fenced; a step without /dev/null does not start.
void CheckTarget(const std::string& path) {
  static constexpr std::array kKernels = {"/proc", "/sys"};
  static constexpr std::array kDevices = {"",     "/null", "/zero", "/full",  "/random", "/urandom",
                                          "/tty", "/ptmx", "/fd",   "/stdin", "/stdout", "/stderr"};
  for (const std::string_view kernel : kKernels) {
    if (path != kernel && !path.starts_with(std::string(kernel) + "/")) continue;
    throw Error(ErrorKind::kInvalidInput, fmt::format("mount target {} is inside {}", path, kernel))
        .WithHint("/proc and /sys show the sandbox itself; mount somewhere else");
  }
  for (const std::string_view device : kDevices) {
    if (path != "/dev" + std::string(device)) continue;
    throw Error(ErrorKind::kInvalidInput, fmt::format("mount target {} hides a device", path))
        .WithHint("every step needs its devices; mount somewhere else, below /dev/shm for example");
  }
}

std::string AbsoluteTarget(const std::string& target, const MountSurroundings& around) {
  std::string path =
      CleanPath::Parse(target.starts_with('/') ? target : around.working_directory + "/" + target)
          .Absolute();
  if (path == "/") {
    throw Error(ErrorKind::kInvalidInput, fmt::format("invalid mount target {}", Quote(target)))
        .WithHint("a mount can not replace the root directory");
  }
  CheckTarget(path);
  return path;
}

BindRunMount MakeBind(const parser::RunMount& mount, const MountSurroundings& around) {
  BindRunMount bind{.from = ContextInput{}, .source = mount.source, .writable = !mount.read_only};
  if (!mount.from.empty()) bind.from = around.files_of(mount.from, mount.target);
  if (bind.source.empty()) bind.source = "/";
  return bind;
}

CacheRunMount MakeCache(const parser::RunMount& mount, const MountSurroundings& around) {
  CacheRunMount cache;
  cache.id = mount.id.empty() ? CleanAsWritten(mount.target) : mount.id;
  if (!around.cache_namespace.empty()) cache.id = around.cache_namespace + "/" + cache.id;
  cache.sharing = static_cast<CacheSharing>(mount.sharing);
  if (!mount.from.empty()) cache.from = around.files_of(mount.from, mount.target);
  cache.source = mount.source.empty() ? "/" : mount.source;
  cache.mode = mount.mode.value_or(cache.mode);
  cache.uid = mount.uid.value_or(0);
  cache.gid = mount.gid.value_or(0);
  cache.read_only = mount.read_only;
  return cache;
}
static_assert(static_cast<int>(CacheSharing::kLocked) ==
              static_cast<int>(parser::CacheSharing::kLocked));

SecretRunMount MakeSecret(const parser::RunMount& mount) {
  SecretRunMount secret;
  secret.id = mount.id.empty() ? BaseName(mount.target) : mount.id;
  secret.env = mount.env;
  secret.has_file = !mount.target.empty() || !mount.env;
  secret.required = mount.required;
  secret.mode = mount.mode.value_or(secret.mode);
  secret.uid = mount.uid.value_or(0);
  secret.gid = mount.gid.value_or(0);
  return secret;
}

SshRunMount MakeSsh(const parser::RunMount& mount) {
  SshRunMount ssh;
  if (!mount.id.empty()) ssh.id = mount.id;
  ssh.required = mount.required;
  ssh.mode = mount.mode.value_or(ssh.mode);
  ssh.uid = mount.uid.value_or(0);
  ssh.gid = mount.gid.value_or(0);
  return ssh;
}

class MountMaker {
 public:
  explicit MountMaker(const MountSurroundings& around) : around_(around) {}

  RunMountOp Make(const parser::RunMount& mount) {
    switch (mount.kind) {
      case parser::MountKind::kBind:
        return {AbsoluteTarget(mount.target, around_), MakeBind(mount, around_)};
      case parser::MountKind::kCache:
        return {AbsoluteTarget(mount.target, around_), MakeCache(mount, around_)};
      case parser::MountKind::kTmpfs:
        return {AbsoluteTarget(mount.target, around_), TmpfsRunMount{mount.size}};
      case parser::MountKind::kSecret:
        return Secret(mount);
      case parser::MountKind::kSsh:
        return Ssh(mount);
    }
    throw Error(ErrorKind::kInternal, "a mount of no known kind");
  }

 private:
  RunMountOp Secret(const parser::RunMount& mount) const {
    SecretRunMount secret = MakeSecret(mount);
    const std::string target =
        mount.target.empty() ? "/run/secrets/" + BaseName(secret.id) : mount.target;
    return {AbsoluteTarget(target, around_), std::move(secret)};
  }

  RunMountOp Ssh(const parser::RunMount& mount) {
    const std::size_t number = ssh_mounts_++;
    const std::string target =
        mount.target.empty() ? fmt::format("/run/buildkit/ssh_agent.{}", number) : mount.target;
    return {AbsoluteTarget(target, around_), MakeSsh(mount)};
  }

  const MountSurroundings& around_;
  std::size_t ssh_mounts_ = 0;
};

// Secrets that are only variables have a target in name, and must not hide each other by it.
bool HasTarget(const RunMountOp& mount) {
  const auto* secret = std::get_if<SecretRunMount>(&mount.what);
  return !secret || secret->has_file;
}

}  // namespace

std::vector<RunMountOp> MakeRunMounts(const std::vector<parser::RunMount>& mounts,
                                      const MountSurroundings& around) {
  MountMaker maker(around);
  std::vector<RunMountOp> made;
  for (const parser::RunMount& mount : mounts) {
    RunMountOp op = maker.Make(mount);
    std::erase_if(made, [&](const RunMountOp& earlier) {
      return earlier.target == op.target && HasTarget(earlier) && HasTarget(op);
    });
    made.push_back(std::move(op));
  }
  std::ranges::stable_sort(made, {}, &RunMountOp::target);
  return made;
}

}  // namespace ibuild::builder
