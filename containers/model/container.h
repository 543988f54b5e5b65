// What is kept of a container: what was asked for (ContainerConfig) and what became of it
// (ContainerState), with the names that Docker's `inspect` gives to the same things, so that the
// documents on disk and those that are shown are made by one description of each struct.
//
// Values only. Times are nanoseconds since 1970, 0: never.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "containers/model/ports.h"
#include "containers/model/status.h"
#include "support/json_fwd.h"

namespace ibuild::containers {

struct HealthConfig {
  std::vector<std::string> test;  // {"CMD", …}, {"CMD-SHELL", text}, {"NONE"}
  std::int64_t interval = 0;      // nanoseconds; 0: the default
  std::int64_t timeout = 0;
  std::int64_t start_period = 0;
  std::int64_t start_interval = 0;
  std::int64_t retries = 0;
};

// The program and its surroundings ("Config").
struct ProcessConfig {
  std::string hostname;
  std::string domain_name;
  std::string user;
  bool tty = false;
  bool open_stdin = false;
  std::vector<std::string> env;
  std::vector<std::string> cmd;
  std::vector<std::string> entrypoint;
  std::string image;  // as it was typed
  std::string working_dir;
  std::set<std::string> exposed_ports;  // "80/tcp"
  std::set<std::string> volumes;        // the image's and those without a name
  std::map<std::string, std::string> labels;
  std::string stop_signal;
  std::optional<std::int64_t> stop_timeout;
  std::optional<HealthConfig> health;

  std::vector<std::string> Arguments() const;
};

// Something of the machine that appears in the container ("Mounts").
struct MountConfig {
  std::string type;         // "bind", "volume", "tmpfs"
  std::string name;         // of the volume
  std::string source;       // on the machine
  std::string destination;  // absolute
  std::string mode;         // as it was typed: "ro", "z"
  bool writable = true;
  std::int64_t size = 0;       // of a tmpfs; 0: no limit
  std::int64_t file_mode = 0;  // of a tmpfs; 0: 1777
  bool no_exec = false;        // of a tmpfs
};

struct Limits {
  std::int64_t memory = 0;
  std::int64_t memory_swap = 0;  // with the memory; -1: no limit; 0: as the memory
  std::int64_t memory_reservation = 0;
  std::int64_t cpu_shares = 0;  // 1024 is everybody's
  std::int64_t nano_cpus = 0;
  std::int64_t cpu_period = 0;  // microseconds; 0: the default
  std::int64_t cpu_quota = 0;   // of a period; 0: no limit
  std::int64_t pids = 0;
};

// One more network that a container is on.
struct NetworkPlace {
  std::string network;
  std::vector<std::string> aliases;
  std::string address;  // asked for; empty: any
};

struct NetworkOptions {
  std::string mode = "bridge";  // "bridge", "none", "host", "container:ID", a network's name
  std::vector<std::string> aliases;
  std::vector<std::string> links;  // "ID:alias"
  std::string address;             // asked for; empty: any
  std::string mac;                 // of the interface on the network of the mode; empty: any
  std::vector<std::string> dns;
  std::vector<std::string> dns_search;
  std::vector<std::string> dns_options;
  std::vector<std::string> extra_hosts;  // "name:IP", "name:host-gateway"
  std::vector<NetworkPlace> more;

  // Of all networks that it is to be on: its mode and those of `more`.
  std::vector<std::string> Names() const;
  // Its network is that of the machine or of another container.
  bool IsShared() const { return mode == "host" || mode.starts_with("container:"); }
};

struct RestartPolicy {
  std::string name = "no";  // "no", "on-failure", "always", "unless-stopped"
  std::int64_t most = 0;    // retries of on-failure; 0: no limit
};

// What the container may use of the machine ("HostConfig").
struct HostConfig {
  Limits limits;
  NetworkOptions network;
  std::vector<PortBinding> ports;
  bool publish_all = false;
  RestartPolicy restart;
  bool auto_remove = false;
  bool init = false;
  bool privileged = false;
  bool read_only = false;
  bool shared_proc = false;  // also where /proc shows the processes of others
  std::vector<std::string> cap_add;
  std::vector<std::string> cap_drop;
  std::vector<std::string> security;
  std::string pid_mode;  // "", "host", "container:ID"
  std::string ipc_mode;
  std::string uts_mode;  // "", "host"
  std::int64_t shm_size = 0;
  std::vector<std::string> ulimits;
  std::vector<std::string> devices;  // "/dev/x:/dev/y:rwm"
  std::vector<std::string> groups;
  std::vector<std::string> sysctls;  // "net.ipv4.ip_forward=1"
  std::string processors;            // "0-1,3"; empty: all
  std::int64_t oom_score_adjustment = 0;
};

struct ContainerConfig {
  std::string id;  // 64 hexadecimal digits
  std::string name;
  std::int64_t created = 0;
  std::string image_id;  // "sha256:…"
  std::string manifest;  // of the image: digest, and what else a descriptor has
  std::string manifest_type;
  std::int64_t manifest_size = 0;
  std::vector<std::string> layers;  // "sha256:…", lowest first
  ProcessConfig process;
  HostConfig host;
  std::vector<MountConfig> mounts;

  std::string ShortId() const { return id.substr(0, 12); }
};

// A place on a network, while the container runs.
struct Endpoint {
  std::string network;
  std::string address;
  std::int64_t prefix = 0;
  std::string gateway;
  std::string mac;
  std::vector<std::string> aliases;
};

struct HealthRecord {
  std::int64_t start = 0;
  std::int64_t end = 0;
  std::int64_t exit_code = 0;
  std::string output;
};

struct Health {
  std::string status;  // "starting", "healthy", "unhealthy"; empty: there is no check
  std::int64_t failing_streak = 0;
  std::vector<HealthRecord> log;  // the last five
};

struct ContainerState {
  Status status = Status::kCreated;
  std::int64_t pid = 0;
  std::int64_t pid_start = 0;  // clock ticks since boot: tells a pid that was used again
  std::string boot;            // boot_id: after another boot no pid means anything
  std::int64_t exit_code = 0;
  bool oom_killed = false;
  bool stop_asked = false;  // by stop, kill or rm: no restart policy may undo it
  std::string error;        // why it could not be started
  std::int64_t started = 0;
  std::int64_t finished = 0;
  std::int64_t restarts = 0;
  std::vector<std::string> control_groups;  // directories
  std::vector<Endpoint> endpoints;
  std::vector<PortBinding> ports;  // with the ports of this machine that were chosen
  Health health;
};

// The documents on disk. Reading throws kCorrupt, naming the document.
std::string Serialize(const ContainerConfig& config);
std::string Serialize(const ContainerState& state);
ContainerConfig ParseConfig(std::string_view text, std::string_view document);
ContainerState ParseState(std::string_view text, std::string_view document);

// "Config" and "HostConfig" as `inspect` shows them.
OrderedJson ConfigJson(const ProcessConfig& config);
OrderedJson HostConfigJson(const HostConfig& config);

}  // namespace ibuild::containers
