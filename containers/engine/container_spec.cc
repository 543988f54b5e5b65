#include "containers/engine/container_spec.h"

#include <fmt/format.h>
#include <unistd.h>

#include "containers/engine/capability_names.h"
#include "oci/image_config.h"
#include "support/default_path.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::containers {
namespace {

constexpr std::string_view kNewPrivileges = "no-new-privileges";
constexpr std::int64_t kNanoPerCpu = 1'000'000'000;

builder::MountEntry Bind(const std::filesystem::path& source, std::string target, bool writable) {
  return {.target = std::move(target),
          .what = builder::BindMount{.source_root = source, .source = "", .read_only = !writable}};
}

builder::MountEntry MountOf(const MountConfig& mount) {
  if (mount.type != "tmpfs") return Bind(mount.source, mount.destination, mount.writable);
  builder::TmpfsMount tmpfs;
  if (mount.size > 0) tmpfs.size = static_cast<std::uint64_t>(mount.size);
  if (mount.file_mode > 0) tmpfs.mode = static_cast<mode_t>(mount.file_mode);
  tmpfs.read_only = !mount.writable;
  tmpfs.no_exec = mount.no_exec;
  return {.target = mount.destination, .what = tmpfs};
}

void ApplySecurity(const std::vector<std::string>& options, builder::ContainerTraits* traits) {
  for (const std::string& option : options) {
    if (option.starts_with(kNewPrivileges)) {
      traits->no_new_privileges = !option.ends_with("false");
    } else if (option == "seccomp=unconfined" || option == "seccomp:unconfined") {
      traits->unfiltered = true;
    } else if (!option.starts_with("apparmor") && !option.starts_with("label")) {
      throw Error(ErrorKind::kUnsupported,
                  fmt::format("--security-opt {} is not supported", option))
          .WithHint("no-new-privileges and seccomp=unconfined are");
    }
  }
}

std::vector<builder::DeviceEntry> DevicesOf(const std::vector<std::string>& devices) {
  constexpr std::string_view kDev = "/dev/";
  std::vector<builder::DeviceEntry> entries;
  for (const std::string& device : devices) {
    const auto parts = Split(device, ':');
    const std::string_view inside =
        parts.size() > 1 && parts[1].starts_with('/') ? parts[1] : parts[0];
    if (!parts[0].starts_with(kDev) || !inside.starts_with(kDev) || inside == kDev) {
      throw Error(ErrorKind::kUsage, fmt::format("{} is no device", Quote(device)))
          .WithHint("write it like `/dev/fuse` or `/dev/fuse:/dev/fuse`");
    }
    const std::string source(parts[0]);
    if (access(source.c_str(), F_OK) != 0) {
      throw Error(ErrorKind::kNotFound, fmt::format("this machine has no device {}", Quote(source)))
          .WithHint("`ls /dev` shows what it has");
    }
    entries.push_back({source, std::string(inside.substr(kDev.size()))});
  }
  return entries;
}

builder::ContainerTraits TraitsOf(const ContainerConfig& config) {
  const HostConfig& host = config.host;
  builder::ContainerTraits traits;
  traits.first_process = !host.init;
  traits.share_pids = !host.pid_mode.empty();
  traits.share_ipc = host.ipc_mode == "host" || host.ipc_mode.starts_with("container:");
  traits.share_uts = host.uts_mode == "host" || host.network.mode == "host";
  traits.read_only_root = host.read_only;
  if (!host.cap_add.empty() || !host.cap_drop.empty()) {
    traits.capabilities = CapabilitiesWith(host.cap_add, host.cap_drop);
  }
  ApplySecurity(host.security, &traits);
  traits.devices = DevicesOf(host.devices);
  traits.extra_groups = host.groups;
  traits.control_group = config.id;
  return traits;
}

// What processes share by name belongs to the namespace that they share.
void ShareMemory(const HostConfig& host, builder::SandboxSpec* spec) {
  if (host.ipc_mode != "host") return;
  for (const char* path : {"/dev/shm", "/dev/mqueue"}) {
    if (access(path, F_OK) == 0) spec->mounts.push_back(Bind(path, path, true));
  }
}

// What the container is told beside what is configured; that comes first.
std::vector<std::string> EnvOf(const ContainerConfig& config,
                               const std::vector<std::string>& linked) {
  const ProcessConfig& process = config.process;
  std::vector<std::string> env = {fmt::format("PATH={}", kDefaultPath),
                                  "HOSTNAME=" + process.hostname};
  if (process.tty) env.emplace_back("TERM=xterm");
  env.insert(env.end(), linked.begin(), linked.end());
  for (const std::string& entry : process.env) {
    const std::size_t equals = entry.find('=');
    oci::SetEnv(env, entry.substr(0, equals), entry.substr(equals + 1));
  }
  return env;
}

}  // namespace

builder::ResourceLimits LimitsOf(const Limits& limits) {
  builder::ResourceLimits result;
  if (limits.memory > 0) result.memory_bytes = static_cast<std::uint64_t>(limits.memory);
  if (limits.memory_swap != 0) {
    result.memory_and_swap =
        limits.memory_swap < 0 ? ~std::uint64_t{0} : static_cast<std::uint64_t>(limits.memory_swap);
  }
  if (limits.nano_cpus > 0) {
    result.cpus = static_cast<double>(limits.nano_cpus) / static_cast<double>(kNanoPerCpu);
  }
  if (limits.cpu_quota > 0) {
    if (limits.cpu_period > 0) result.cpu_period = static_cast<std::uint64_t>(limits.cpu_period);
    result.cpus = static_cast<double>(limits.cpu_quota) / static_cast<double>(result.cpu_period);
  }
  if (limits.memory_reservation > 0) {
    result.memory_reservation = static_cast<std::uint64_t>(limits.memory_reservation);
  }
  if (limits.cpu_shares > 0) result.cpu_shares = static_cast<std::uint64_t>(limits.cpu_shares);
  if (limits.pids > 0) result.pids = static_cast<std::uint64_t>(limits.pids);
  return result;
}

builder::SandboxSpec MakeSpec(const Container& container,
                              const std::vector<std::filesystem::path>& layers,
                              const std::vector<std::string>& linked) {
  const ContainerConfig& config = container.config;
  const ProcessConfig& process = config.process;
  builder::SandboxSpec spec;
  spec.root = {.lowers = layers, .upper = container.files.upper(), .work = container.files.work()};
  spec.argv = process.Arguments();
  spec.env = EnvOf(config, linked);
  spec.working_directory = process.working_dir.empty() ? "/" : process.working_dir;
  spec.user = process.user;
  spec.hostname = process.hostname;
  spec.mounts.push_back(Bind(container.files.resolv_conf(), "/etc/resolv.conf", true));
  spec.mounts.push_back(Bind(container.files.hostname(), "/etc/hostname", true));
  spec.mounts.push_back(Bind(container.files.hosts(), "/etc/hosts", true));
  ShareMemory(config.host, &spec);
  for (const MountConfig& mount : config.mounts) spec.mounts.push_back(MountOf(mount));
  if (config.host.privileged) spec.security = builder::SecurityMode::kInsecure;
  spec.shared_proc_allowed = config.host.shared_proc;
  spec.limits = LimitsOf(config.host.limits);
  if (config.host.shm_size > 0) {
    spec.shm_size = static_cast<std::uint64_t>(config.host.shm_size);
  }
  spec.ulimits = config.host.ulimits;
  spec.traits = TraitsOf(config);
  return spec;
}

}  // namespace ibuild::containers
