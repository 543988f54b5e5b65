// Each struct is described once, by a list of its members; a description is applied to a writer to
// make a document and to a reader to take one apart.
#include <fmt/format.h>

#include <type_traits>
#include <utility>

#include "containers/model/container.h"
#include "support/error.h"
#include "support/json.h"

namespace ibuild::containers {
namespace {

template <typename Io>
void Describe(Io& io, HealthConfig& c) {
  io("test", c.test);
  io("interval", c.interval);
  io("timeout", c.timeout);
  io("startPeriod", c.start_period);
  io("startInterval", c.start_interval);
  io("retries", c.retries);
}

template <typename Io>
void Describe(Io& io, ProcessConfig& c) {
  io("hostname", c.hostname);
  io("domainName", c.domain_name);
  io("user", c.user);
  io("tty", c.tty);
  io("openStdin", c.open_stdin);
  io("env", c.env);
  io("cmd", c.cmd);
  io("entrypoint", c.entrypoint);
  io("image", c.image);
  io("workingDir", c.working_dir);
  io("exposedPorts", c.exposed_ports);
  io("volumes", c.volumes);
  io("labels", c.labels);
  io("stopSignal", c.stop_signal);
  io("stopTimeout", c.stop_timeout);
  io("health", c.health);
}

template <typename Io>
void Describe(Io& io, MountConfig& c) {
  io("type", c.type);
  io("name", c.name);
  io("source", c.source);
  io("destination", c.destination);
  io("mode", c.mode);
  io("writable", c.writable);
  io("size", c.size);
  io("fileMode", c.file_mode);
  io("noExec", c.no_exec);
}

template <typename Io>
void Describe(Io& io, Limits& c) {
  io("memory", c.memory);
  io("memorySwap", c.memory_swap);
  io("memoryReservation", c.memory_reservation);
  io("cpuShares", c.cpu_shares);
  io("nanoCpus", c.nano_cpus);
  io("cpuPeriod", c.cpu_period);
  io("cpuQuota", c.cpu_quota);
  io("pids", c.pids);
}

template <typename Io>
void Describe(Io& io, NetworkPlace& c) {
  io("network", c.network);
  io("aliases", c.aliases);
  io("address", c.address);
}

template <typename Io>
void Describe(Io& io, NetworkOptions& c) {
  io("mode", c.mode);
  io("aliases", c.aliases);
  io("links", c.links);
  io("address", c.address);
  io("mac", c.mac);
  io("dns", c.dns);
  io("dnsSearch", c.dns_search);
  io("dnsOptions", c.dns_options);
  io("extraHosts", c.extra_hosts);
  io("more", c.more);
}

template <typename Io>
void Describe(Io& io, PortBinding& c) {
  io("hostAddress", c.host_address);
  io("hostPort", c.host_port);
  io("containerPort", c.container_port);
  io("protocol", c.protocol);
}

template <typename Io>
void Describe(Io& io, RestartPolicy& c) {
  io("name", c.name);
  io("most", c.most);
}

template <typename Io>
void Describe(Io& io, HostConfig& c) {
  io("limits", c.limits);
  io("network", c.network);
  io("ports", c.ports);
  io("publishAll", c.publish_all);
  io("restart", c.restart);
  io("autoRemove", c.auto_remove);
  io("init", c.init);
  io("privileged", c.privileged);
  io("readOnly", c.read_only);
  io("sharedProc", c.shared_proc);
  io("capAdd", c.cap_add);
  io("capDrop", c.cap_drop);
  io("security", c.security);
  io("pidMode", c.pid_mode);
  io("ipcMode", c.ipc_mode);
  io("utsMode", c.uts_mode);
  io("shmSize", c.shm_size);
  io("ulimits", c.ulimits);
  io("devices", c.devices);
  io("groups", c.groups);
  io("sysctls", c.sysctls);
  io("processors", c.processors);
  io("oomScoreAdjustment", c.oom_score_adjustment);
}

template <typename Io>
void Describe(Io& io, ContainerConfig& c) {
  io("id", c.id);
  io("name", c.name);
  io("created", c.created);
  io("imageId", c.image_id);
  io("manifest", c.manifest);
  io("manifestType", c.manifest_type);
  io("manifestSize", c.manifest_size);
  io("layers", c.layers);
  io("process", c.process);
  io("host", c.host);
  io("mounts", c.mounts);
}

template <typename Io>
void Describe(Io& io, Endpoint& c) {
  io("network", c.network);
  io("address", c.address);
  io("prefix", c.prefix);
  io("gateway", c.gateway);
  io("mac", c.mac);
  io("aliases", c.aliases);
}

template <typename Io>
void Describe(Io& io, HealthRecord& c) {
  io("start", c.start);
  io("end", c.end);
  io("exitCode", c.exit_code);
  io("output", c.output);
}

template <typename Io>
void Describe(Io& io, Health& c) {
  io("status", c.status);
  io("failingStreak", c.failing_streak);
  io("log", c.log);
}

template <typename Io>
void Describe(Io& io, ContainerState& c) {
  io("status", c.status);
  io("pid", c.pid);
  io("pidStart", c.pid_start);
  io("boot", c.boot);
  io("exitCode", c.exit_code);
  io("oomKilled", c.oom_killed);
  io("stopAsked", c.stop_asked);
  io("error", c.error);
  io("started", c.started);
  io("finished", c.finished);
  io("restarts", c.restarts);
  io("controlGroups", c.control_groups);
  io("endpoints", c.endpoints);
  io("ports", c.ports);
  io("health", c.health);
}

class Writer {
 public:
  template <typename T>
  void operator()(const char* name, T& value) {
    json_[name] = ToJson(value);
  }
  Json Take() && { return std::move(json_); }

  template <typename T>
  static Json Document(T& value) {
    Writer writer;
    Describe(writer, value);
    return std::move(writer).Take();
  }

 private:
  static Json ToJson(std::string& value) { return value; }
  static Json ToJson(bool value) { return value; }
  static Json ToJson(std::int64_t value) { return value; }
  static Json ToJson(std::uint16_t value) { return value; }
  static Json ToJson(Status value) { return std::string(ToString(value)); }
  static Json ToJson(std::set<std::string>& value) { return value; }
  static Json ToJson(std::map<std::string, std::string>& value) {
    Json json = Json::object();
    for (const auto& [name, text] : value) json[name] = text;
    return json;
  }
  template <typename T>
  static Json ToJson(std::optional<T>& value) {
    return value ? ToJson(*value) : Json();
  }
  template <typename T>
  static Json ToJson(std::vector<T>& value) {
    Json json = Json::array();
    for (T& element : value) json.push_back(ToJson(element));
    return json;
  }
  template <typename T>
  requires std::is_class_v<T>
  static Json ToJson(T& value) { return Document(value); }

  Json json_ = Json::object();
};

// What a document lacks keeps its default: an older program wrote it.
class Reader {
 public:
  explicit Reader(const JsonReader& json) : json_(json) {}

  template <typename T>
  void operator()(const char* name, T& value) {
    if (const auto member = json_.Find(name)) Take(*member, value);
  }

 private:
  static void Take(const JsonReader& json, std::string& value) { value = json.AsString(); }
  static void Take(const JsonReader& json, bool& value) { value = json.AsBool(); }
  static void Take(const JsonReader& json, std::int64_t& value) { value = json.AsInt(); }
  static void Take(const JsonReader& json, std::uint16_t& value) {
    value = static_cast<std::uint16_t>(json.AsInt());
  }
  static void Take(const JsonReader& json, Status& value) { value = ParseStatus(json.AsString()); }
  static void Take(const JsonReader& json, std::set<std::string>& value) {
    for (std::string& text : json.AsStrings()) value.insert(std::move(text));
  }
  static void Take(const JsonReader& json, std::map<std::string, std::string>& value) {
    json.ForEachMember([&](const std::string& name, const JsonReader& member) {
      value[name] = member.AsString();
    });
  }
  template <typename T>
  static void Take(const JsonReader& json, std::optional<T>& value) {
    Take(json, value.emplace());
  }
  template <typename T>
  static void Take(const JsonReader& json, std::vector<T>& value) {
    json.ForEachElement([&](const JsonReader& element) { Take(element, value.emplace_back()); });
  }
  template <typename T>
  requires std::is_class_v<T>
  static void Take(const JsonReader& json, T& value) {
    Reader reader(json);
    Describe(reader, value);
  }

  const JsonReader& json_;
};

template <typename T>
std::string Write(const T& value) {
  T copy = value;
  return DumpJson(Writer::Document(copy));
}

template <typename T>
T Read(std::string_view text, std::string_view document) {
  try {
    T value;
    const Json json = ParseJson(text, document);
    const JsonReader root(json, std::string(document));
    Reader reader(root);
    Describe(reader, value);
    return value;
  } catch (const Error& error) {
    throw Error(ErrorKind::kCorrupt, error.message())
        .WithHint("`ibuild rm -f` removes a container whose files are damaged");
  }
}

}  // namespace

std::vector<std::string> ProcessConfig::Arguments() const {
  std::vector<std::string> arguments = entrypoint;
  arguments.insert(arguments.end(), cmd.begin(), cmd.end());
  return arguments;
}

std::vector<std::string> NetworkOptions::Names() const {
  std::vector<std::string> names = {mode};
  for (const NetworkPlace& place : more) names.push_back(place.network);
  return names;
}

std::string Serialize(const ContainerConfig& config) { return Write(config); }
std::string Serialize(const ContainerState& state) { return Write(state); }

ContainerConfig ParseConfig(std::string_view text, std::string_view document) {
  return Read<ContainerConfig>(text, document);
}

ContainerState ParseState(std::string_view text, std::string_view document) {
  return Read<ContainerState>(text, document);
}

}  // namespace ibuild::containers
