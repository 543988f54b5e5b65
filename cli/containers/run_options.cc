#include "cli/containers/run_options.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "cli/bad_value.h"
#include "cli/containers/mount_option.h"
#include "containers/engine/engine.h"
#include "containers/model/names.h"
#include "containers/state/processors.h"
#include "parser/syntax/duration.h"
#include "support/default_path.h"
#include "support/environment.h"
#include "support/error.h"
#include "support/files.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

using Take = std::function<void(const std::string&)>;

// A number of bytes with what makes sense as its least.
Take Bytes(std::int64_t& target, std::uint64_t least = 0) {
  return [&target, least](const std::string& text) {
    const auto bytes = ParseByteSize(text);
    if (!bytes) throw BadValue(text, "a size").WithHint("write it like `512m` or `2g`");
    if (*bytes != 0 && *bytes < least) {
      throw BadValue(text, fmt::format("{} or more", FormatByteSize(least)));
    }
    target = static_cast<std::int64_t>(*bytes);
  };
}

Take Number(std::int64_t& target) {
  return [&target](const std::string& text) {
    if (text == "-1") {
      target = 0;
      return;
    }
    const auto number = ParseUnsigned(text);
    if (!number) throw BadValue(text, "a number");
    target = static_cast<std::int64_t>(*number);
  };
}

Take Duration(std::int64_t& target) {
  return [&target](const std::string& text) {
    const auto duration = parser::ParseDuration(text);
    if (!duration) throw BadValue(text, "a duration").WithHint("write it like `30s` or `1m30s`");
    target = duration->count();
  };
}

// The kernel takes no less than a millisecond. 0: the default.
Take Microseconds(std::int64_t& target, std::int64_t most) {
  return [&target, most](const std::string& text) {
    constexpr std::int64_t kLeast = 1000;
    Number(target)(text);
    if (target == 0 || (target >= kLeast && target <= most)) return;
    throw BadValue(text, "a time that the kernel shares out")
        .WithHint("in microseconds, 1000 or more, and a period 1000000 or less");
  };
}

std::int64_t ParseCpus(const std::string& text) {
  char* end = nullptr;
  const double cpus = std::strtod(text.c_str(), &end);
  const bool plain = text.find_first_not_of("0123456789.") == std::string::npos;
  if (text.empty() || !plain || *end != '\0' || !(cpus >= 0.01) || cpus > 100000) {
    throw BadValue(text, "a number of CPUs").WithHint("write it like `2` or `1.5`");
  }
  const long available = sysconf(_SC_NPROCESSORS_ONLN);
  if (available > 0 && cpus > static_cast<double>(available)) {
    throw Error(ErrorKind::kUsage,
                fmt::format("range of CPUs is from 0.01 to {0}.00, as there are only {0} CPUs "
                            "available",
                            available));
  }
  return std::llround(cpus * 1e9);
}

std::int64_t ParseScore(const std::string& text) {
  constexpr std::uint64_t kMost = 1000;
  const bool negative = text.starts_with('-');
  const auto number = ParseUnsigned(std::string_view(text).substr(negative ? 1 : 0));
  if (!number || *number > kMost) throw BadValue(text, "a number from -1000 to 1000");
  return static_cast<std::int64_t>(*number) * (negative ? -1 : 1);
}

std::string CheckSysctl(const std::string& text) {
  const std::string name = text.substr(0, text.find('='));
  const bool plain = name.find_first_of("/") == std::string::npos &&
                     name.find("..") == std::string::npos && name.size() < text.size();
  if (!plain) throw BadValue(text, "a setting").WithHint("write it like `net.core.somaxconn=512`");
  if (!name.starts_with("net.")) {
    throw Error(ErrorKind::kUnsupported, fmt::format("--sysctl {} is not supported", name))
        .WithHint("settings of the network (`net.…`) are");
  }
  return text;
}

// Lines "NAME=VALUE" and "NAME", with the blanks at the end of a value; comments and empty lines do
// not count.
std::vector<std::string> ReadLines(const std::string& path) {
  std::vector<std::string> lines;
  const std::string text = ReadFile(path);
  for (std::string_view line : Split(text, '\n')) {
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty() && line.front() != '#') lines.emplace_back(line);
  }
  return lines;
}

void SetFrom(std::vector<std::string>& env, const std::string& entry) {
  const std::size_t equals = entry.find('=');
  const std::string name = entry.substr(0, equals);
  if (name.empty()) {
    throw Error(ErrorKind::kUsage, fmt::format("invalid environment variable: {}", Quote(entry)));
  }
  if (equals != std::string::npos) {
    oci::SetEnv(env, name, entry.substr(equals + 1));
  } else if (const auto value = GetEnvironment(name.c_str())) {
    oci::SetEnv(env, name, *value);
  }
}

void SetLabel(std::map<std::string, std::string>& labels, const std::string& entry) {
  const std::size_t equals = entry.find('=');
  labels[entry.substr(0, equals)] = equals == std::string::npos ? "" : entry.substr(equals + 1);
}

}  // namespace

containers::RestartPolicy ParseRestartPolicy(const std::string& text) {
  containers::RestartPolicy policy;
  const std::size_t colon = text.find(':');
  policy.name = text.substr(0, colon);
  const bool known = policy.name == "no" || policy.name == "always" ||
                     policy.name == "unless-stopped" || policy.name == "on-failure";
  if (!known) {
    throw BadValue(text, "a restart policy")
        .WithHint("there are no, on-failure[:N], always and unless-stopped");
  }
  if (colon == std::string::npos) return policy;
  const auto most = ParseUnsigned(std::string_view(text).substr(colon + 1));
  if (!most || policy.name != "on-failure") throw BadValue(text, "a restart policy");
  policy.most = static_cast<std::int64_t>(*most);
  return policy;
}

void RunOptions::Declare(OptionSet& options) {
  options.Switch("-d,--detach", "Leave it running and print its id", detach_);
  options.Switch("-i,--interactive", "Pass standard input on", interactive_);
  options.Switch("-t,--tty", "Give it a terminal", tty_);
  options.Value("--name", "NAME", "Its name; one is made without", config_.name);
  options.Switch("--replace", "Remove the container that has its name", replaces_);
  options.Switch("--rm", "Remove it when it has ended", config_.host.auto_remove);
  options.Value("--cidfile", "FILE", "Write its id to FILE", id_file_);
  options.Switch("--sig-proxy", "Pass signals on (default: true)", pass_signals_);
  options.Custom("-a,--attach", "STREAM", "Accepted: output always comes here", [](const auto&) {});
  options.Custom("--detach-keys", "KEYS", "Accepted: they are Ctrl-P Ctrl-Q", [](const auto&) {});
  options.Choice("--pull", {"missing", "always", "never"}, "When to ask the registry", pull_);
  options.Value("--platform", "OS/ARCH", "Of this platform (default: this machine's)", platform_);
  options.Switch("-q,--quiet", "Do not show how the image comes", quiet_);
  DeclareProcess(options);
  DeclareMachine(options);
  DeclareNetwork(options);
  DeclareHealth(options);
  DeclareContainerLimits(options, config_.host.limits);
}

void RunOptions::DeclareProcess(OptionSet& options) {
  containers::ProcessConfig& process = config_.process;
  options.Each("-e,--env", "NAME[=VALUE]", "Set a variable; repeat", env_);
  options.Each("--env-file", "FILE", "Set the variables of a file; repeat", env_files_);
  options.Value("-w,--workdir", "DIR", "Start in DIR", working_dir_);
  options.Value("-u,--user", "USER[:GROUP]", "Run as USER", user_);
  options.Each("--group-add", "GROUP", "One more group, by name or number; repeat",
               config_.host.groups);
  options.Value("--entrypoint", "PROGRAM", "Instead of the image's ENTRYPOINT and CMD",
                entrypoint_);
  options.Value("-h,--hostname", "NAME", "Name of the machine inside", process.hostname);
  options.Value("--domainname", "NAME", "Domain of the machine inside", process.domain_name);
  options.Each("-l,--label", "NAME[=VALUE]", "A label; repeat", labels_);
  options.Each("--label-file", "FILE", "The labels of a file; repeat", label_files_);
  options.Custom("--stop-signal", "SIGNAL", "What `stop` sends", [this](const std::string& text) {
    containers::ParseSignal(text);
    stop_signal_ = text;
  });
  options.Custom("--stop-timeout", "SECONDS", "How long `stop` waits",
                 [&process](const std::string& text) {
                   const auto seconds = ParseUnsigned(text);
                   if (!seconds) throw BadValue(text, "a number of seconds");
                   process.stop_timeout = static_cast<std::int64_t>(*seconds);
                 });
  options.Switch("--init", "Put an init before it that reaps and passes signals on",
                 config_.host.init);
  options.Custom(
      "--restart", "POLICY", "no, on-failure[:N], always, unless-stopped",
      [this](const std::string& text) { config_.host.restart = ParseRestartPolicy(text); });
}

void RunOptions::DeclareMachine(OptionSet& options) {
  containers::HostConfig& host = config_.host;
  options.Custom(
      "-v,--volume", "[SOURCE:]TARGET[:ro]", "Show a directory or volume; repeat",
      [this](const std::string& text) { config_.mounts.push_back(ParseVolumeOption(text)); });
  options.Custom(
      "--mount", "type=…,source=…,target=…", "The same in full; repeat",
      [this](const std::string& text) { config_.mounts.push_back(ParseMountOption(text)); });
  options.Custom(
      "--tmpfs", "TARGET[:size=…]", "A directory in memory; repeat",
      [this](const std::string& text) { config_.mounts.push_back(ParseTmpfsOption(text)); });
  options.Each("--volumes-from", "CONTAINER[:ro]", "Show what another one shows; repeat",
               volumes_from_);
  options.Switch("--read-only", "Its root file system cannot be written", host.read_only);
  options.Each("--cap-add", "NAME", "One more capability; repeat", host.cap_add);
  options.Each("--cap-drop", "NAME", "One capability less; repeat", host.cap_drop);
  options.Each("--security-opt", "OPTION", "no-new-privileges, seccomp=unconfined", host.security);
  options.Custom("--allow", "shared-proc", "Run also where /proc shows the processes of others",
                 [&host](const std::string& text) {
                   if (text != "shared-proc") throw BadValue(text, "what can be allowed");
                   host.shared_proc = true;
                 });
  options.Switch("--privileged", "All capabilities, no filter", host.privileged);
  options.Each("--device", "/dev/X[:/dev/Y]", "Show a device; repeat", host.devices);
  options.Value("--pid", "host|container:X", "Share these processes' ids", host.pid_mode);
  options.Value("--ipc", "host|container:X|private", "Share this memory", host.ipc_mode);
  options.Value("--uts", "host", "Share this machine's name", host.uts_mode);
  options.Custom("--shm-size", "SIZE", "Size of /dev/shm", Bytes(host.shm_size, 1U << 12));
  options.Custom("--cpuset-cpus", "0-2,4", "Only these CPUs", [&host](const std::string& text) {
    containers::ParseProcessors(text);
    host.processors = text;
  });
  options.Custom(
      "--oom-score-adj", "N", "How gladly it is killed when memory is short",
      [&host](const std::string& text) { host.oom_score_adjustment = ParseScore(text); });
  options.Custom("--sysctl", "net.NAME=VALUE", "A setting of its network; repeat",
                 [&host](const std::string& text) { host.sysctls.push_back(CheckSysctl(text)); });
  options.Each("--ulimit", "NAME=SOFT[:HARD]", "A limit as of setrlimit(2); repeat", host.ulimits);
  options.Custom("--log-driver", "NAME", "Accepted: `logs` keeps two files of 32 MiB",
                 [](const auto&) {});
  options.Custom("--log-opt", "NAME=VALUE", "Accepted, see --log-driver", [](const auto&) {});
  options.Custom("--userns", "MODE", "Accepted: root's containers share the machine's",
                 [](const auto&) {});
  options.Custom("--cgroupns", "MODE", "Accepted: always private", [](const auto&) {});
}

void RunOptions::DeclareHealth(OptionSet& options) {
  options.Value("--health-cmd", "COMMAND", "Ask this whether it is well", health_command_);
  options.Custom("--health-interval", "TIME", "How often (30s)", Duration(health_.interval));
  options.Custom("--health-timeout", "TIME", "How long it may take (30s)",
                 Duration(health_.timeout));
  options.Custom("--health-start-period", "TIME", "Failures do not count before",
                 Duration(health_.start_period));
  options.Custom("--health-start-interval", "TIME", "How often in the start period",
                 Duration(health_.start_interval));
  options.Custom("--health-retries", "N", "Failures in a row (3)", Number(health_.retries));
  options.Switch("--no-healthcheck", "Not even the image's", no_health_);
}

void DeclareContainerLimits(OptionSet& options, containers::Limits& limits) {
  options.Custom("-m,--memory", "SIZE", "At most this much memory (512m, 2g)",
                 Bytes(limits.memory, 1U << 20));
  options.Custom("--memory-swap", "SIZE", "Memory and swap together; -1: no limit",
                 [&limits](const std::string& text) {
                   if (text == "-1") {
                     limits.memory_swap = -1;
                   } else {
                     Bytes(limits.memory_swap)(text);
                   }
                 });
  options.Custom("--memory-reservation", "SIZE", "This much is let alone when memory is short",
                 Bytes(limits.memory_reservation));
  options.Custom("-c,--cpu-shares", "N", "Its part where CPUs are short (1024 is everybody's)",
                 [&limits](const std::string& text) {
                   constexpr std::int64_t kLeast = 2;
                   constexpr std::int64_t kMost = 262144;
                   Number(limits.cpu_shares)(text);
                   if (limits.cpu_shares == 0) return;
                   limits.cpu_shares = std::clamp(limits.cpu_shares, kLeast, kMost);
                 });
  options.Custom("--cpus", "N", "At most this many CPUs (1.5)",
                 [&limits](const std::string& text) { limits.nano_cpus = ParseCpus(text); });
  options.Custom("--cpu-period", "US", "What --cpu-quota is a part of (100000 microseconds)",
                 Microseconds(limits.cpu_period, 1'000'000));
  options.Custom("--cpu-quota", "US", "At most so long of each period, of all CPUs together",
                 Microseconds(limits.cpu_quota, std::numeric_limits<std::int64_t>::max()));
  options.Custom("--pids-limit", "N", "At most this many processes", Number(limits.pids));
}

void CheckContainerLimits(const containers::Limits& limits) {
  if (limits.nano_cpus != 0 && (limits.cpu_quota != 0 || limits.cpu_period != 0)) {
    throw Error(ErrorKind::kUsage, "conflicting options: --cpus with --cpu-period or --cpu-quota")
        .WithHint("they are two ways to say the same: `--cpus 0.5` is half of each period");
  }
  if (limits.memory_swap == 0) return;
  if (limits.memory == 0) {
    throw Error(ErrorKind::kUsage, "--memory-swap needs a limit of memory")
        .WithHint("it limits memory and swap together; give `--memory` as well");
  }
  if (limits.memory_swap > 0 && limits.memory_swap < limits.memory) {
    throw Error(ErrorKind::kUsage,
                fmt::format("--memory-swap ({}) is less than --memory ({})",
                            FormatByteSize(static_cast<std::uint64_t>(limits.memory_swap)),
                            FormatByteSize(static_cast<std::uint64_t>(limits.memory))))
        .WithHint("it is memory and swap together: give as much or more, or -1 for no limit");
  }
}

void SetVariables(const std::vector<std::string>& files, const std::vector<std::string>& entries,
                  std::vector<std::string>* env) {
  for (const std::string& file : files) {
    for (const std::string& line : ReadLines(file)) SetFrom(*env, line);
  }
  for (const std::string& entry : entries) SetFrom(*env, entry);
}

std::vector<std::string> RunOptions::MakeEnv(const oci::RuntimeConfig& image) const {
  std::vector<std::string> env = {fmt::format("PATH={}", kDefaultPath)};
  for (const std::string& entry : image.env) SetFrom(env, entry);
  SetVariables(env_files_, env_, &env);
  return env;
}

void RunOptions::ApplyHealth(const oci::RuntimeConfig& image,
                             containers::ProcessConfig* process) const {
  containers::HealthConfig health;
  if (image.healthcheck) {
    health.test = image.healthcheck->test;
    health.interval = image.healthcheck->interval.count();
    health.timeout = image.healthcheck->timeout.count();
    health.start_period = image.healthcheck->start_period.count();
    health.start_interval = image.healthcheck->start_interval.count();
    health.retries = image.healthcheck->retries;
  }
  if (health_command_) health.test = {"CMD-SHELL", *health_command_};
  for (const auto member :
       {&containers::HealthConfig::interval, &containers::HealthConfig::timeout,
        &containers::HealthConfig::start_period, &containers::HealthConfig::start_interval,
        &containers::HealthConfig::retries}) {
    if (health_.*member != 0) health.*member = health_.*member;
  }
  const bool none = no_health_ || health.test.empty() || health.test.front() == "NONE";
  if (!none) process->health = std::move(health);
}

void RunOptions::Check() const {
  if (config_.host.auto_remove && config_.host.restart.name != "no") {
    throw Error(ErrorKind::kInvalidInput,
                "conflicting options: cannot specify both --restart and --rm");
  }
  if (no_health_ &&
      (health_command_ || health_.interval != 0 || health_.timeout != 0 ||
       health_.start_period != 0 || health_.start_interval != 0 || health_.retries != 0)) {
    throw Error(ErrorKind::kUsage, "--no-healthcheck conflicts with --health-* options")
        .WithHint("leave one of them out");
  }
  if (working_dir_ && !working_dir_->empty() && !working_dir_->starts_with('/')) {
    throw BadValue(*working_dir_, "an absolute path").WithHint("`--workdir` is one in the image");
  }
  if (replaces_ && config_.name.empty()) {
    throw Error(ErrorKind::kUsage, "--replace needs --name")
        .WithHint("`--name` says which container is to be replaced");
  }
  CheckContainerLimits(config_.host.limits);
}

containers::ContainerConfig RunOptions::MakeConfig(
    const oci::RuntimeConfig& image, const std::vector<std::string>& arguments) const {
  Check();
  containers::ContainerConfig config = config_;
  containers::ProcessConfig& process = config.process;
  if (!config.name.empty()) config.name = containers::CheckName(config.name, "container");
  ApplyNetworks(&config.host.network);
  process.tty = tty_;
  process.open_stdin = interactive_;
  process.entrypoint = image.entrypoint;
  if (entrypoint_) {
    process.entrypoint =
        entrypoint_->empty() ? std::vector<std::string>() : std::vector{*entrypoint_};
  }
  process.cmd = arguments.empty() && !entrypoint_ ? image.cmd : arguments;
  if (process.Arguments().empty()) {
    throw Error(ErrorKind::kInvalidInput, "no command specified: the image names no program to run")
        .WithHint("name one after the image: `ibuild run IMAGE PROGRAM`");
  }
  process.user = user_.value_or(image.user);
  process.working_dir = working_dir_.value_or(image.working_dir);
  process.stop_signal = stop_signal_.value_or(image.stop_signal);
  process.exposed_ports.insert(image.exposed_ports.begin(), image.exposed_ports.end());
  process.volumes = image.volumes;
  process.labels = image.labels;
  for (const std::string& file : label_files_) {
    for (const std::string& line : ReadLines(file)) SetLabel(process.labels, line);
  }
  for (const std::string& label : labels_) SetLabel(process.labels, label);
  for (const auto& port : config.host.ports) {
    process.exposed_ports.insert(containers::ExposedName(port));
  }
  ApplyHealth(image, &process);
  process.env = MakeEnv(image);
  return config;
}

}  // namespace ibuild::cli
