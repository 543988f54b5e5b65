// "Config" and "HostConfig" of a container in Docker's shapes.
#include <utility>

#include "containers/model/container.h"
#include "support/json.h"
#include "support/text.h"

namespace ibuild::containers {
namespace {

OrderedJson EmptyObjects(const std::set<std::string>& names) {
  OrderedJson json = OrderedJson::object();
  for (const std::string& name : names) json[name] = OrderedJson::object();
  return json;
}

OrderedJson NullIfEmpty(const std::vector<std::string>& texts) {
  return texts.empty() ? OrderedJson() : OrderedJson(texts);
}

OrderedJson HealthJson(const HealthConfig& health) {
  OrderedJson json;
  json["Test"] = health.test;
  if (health.interval != 0) json["Interval"] = health.interval;
  if (health.timeout != 0) json["Timeout"] = health.timeout;
  if (health.start_period != 0) json["StartPeriod"] = health.start_period;
  if (health.start_interval != 0) json["StartInterval"] = health.start_interval;
  if (health.retries != 0) json["Retries"] = health.retries;
  return json;
}

OrderedJson BindingsJson(const std::vector<PortBinding>& ports) {
  OrderedJson json = OrderedJson::object();
  for (const PortBinding& port : ports) {
    OrderedJson& list = json[ExposedName(port)];
    if (list.is_null()) list = OrderedJson::array();
    list.push_back({{"HostIp", port.host_address},
                    {"HostPort", port.host_port == 0 ? "" : std::to_string(port.host_port)}});
  }
  return json;
}

OrderedJson DevicesJson(const std::vector<std::string>& devices) {
  OrderedJson json = OrderedJson::array();
  for (const std::string& device : devices) {
    const auto parts = Split(device, ':');
    json.push_back({{"PathOnHost", parts[0]},
                    {"PathInContainer", parts.size() > 1 ? parts[1] : parts[0]},
                    {"CgroupPermissions", parts.size() > 2 ? parts[2] : "rwm"}});
  }
  return json;
}

OrderedJson UlimitsJson(const std::vector<std::string>& ulimits) {
  OrderedJson json = OrderedJson::array();
  for (const std::string& ulimit : ulimits) json.push_back(ulimit);
  return json;
}

OrderedJson SysctlsJson(const std::vector<std::string>& sysctls) {
  OrderedJson json = OrderedJson::object();
  for (const std::string& sysctl : sysctls) {
    const std::size_t equals = sysctl.find('=');
    json[sysctl.substr(0, equals)] = sysctl.substr(equals + 1);
  }
  return json;
}

void AddLimits(const HostConfig& config, OrderedJson* json) {
  const Limits& limits = config.limits;
  OrderedJson& out = *json;
  out["CpuShares"] = limits.cpu_shares;
  out["Memory"] = limits.memory;
  out["NanoCpus"] = limits.nano_cpus;
  out["CgroupParent"] = "";
  out["CpuPeriod"] = limits.cpu_period;
  out["CpuQuota"] = limits.cpu_quota;
  out["CpusetCpus"] = config.processors;
  out["CpusetMems"] = "";
  out["MemoryReservation"] = limits.memory_reservation;
  // Without a limit of its own, memory and swap together are what the memory is.
  out["MemorySwap"] = limits.memory_swap == 0 ? limits.memory : limits.memory_swap;
  out["MemorySwappiness"] = nullptr;
  out["OomKillDisable"] = false;
  out["PidsLimit"] = limits.pids == 0 ? OrderedJson() : OrderedJson(limits.pids);
}

}  // namespace

OrderedJson ConfigJson(const ProcessConfig& config) {
  OrderedJson json;
  json["Hostname"] = config.hostname;
  json["Domainname"] = config.domain_name;
  json["User"] = config.user;
  json["AttachStdin"] = config.open_stdin;
  json["AttachStdout"] = true;
  json["AttachStderr"] = true;
  if (!config.exposed_ports.empty()) json["ExposedPorts"] = EmptyObjects(config.exposed_ports);
  json["Tty"] = config.tty;
  json["OpenStdin"] = config.open_stdin;
  json["StdinOnce"] = config.open_stdin;
  json["Env"] = config.env;
  json["Cmd"] = NullIfEmpty(config.cmd);
  if (config.health) json["Healthcheck"] = HealthJson(*config.health);
  json["Image"] = config.image;
  json["Volumes"] = config.volumes.empty() ? OrderedJson() : EmptyObjects(config.volumes);
  json["WorkingDir"] = config.working_dir;
  json["Entrypoint"] = NullIfEmpty(config.entrypoint);
  json["OnBuild"] = nullptr;
  json["Labels"] = config.labels.empty() ? OrderedJson::object() : OrderedJson(config.labels);
  if (!config.stop_signal.empty()) json["StopSignal"] = config.stop_signal;
  if (config.stop_timeout) json["StopTimeout"] = *config.stop_timeout;
  return json;
}

OrderedJson HostConfigJson(const HostConfig& config) {
  const NetworkOptions& network = config.network;
  OrderedJson json;
  json["Binds"] = nullptr;
  json["ContainerIDFile"] = "";
  json["NetworkMode"] = network.mode;
  json["PortBindings"] = BindingsJson(config.ports);
  json["RestartPolicy"] = {{"Name", config.restart.name},
                           {"MaximumRetryCount", config.restart.most}};
  json["AutoRemove"] = config.auto_remove;
  json["VolumeDriver"] = "";
  json["VolumesFrom"] = nullptr;
  json["CapAdd"] = NullIfEmpty(config.cap_add);
  json["CapDrop"] = NullIfEmpty(config.cap_drop);
  json["CgroupnsMode"] = "private";
  json["Dns"] = network.dns;
  json["DnsOptions"] = network.dns_options;
  json["DnsSearch"] = network.dns_search;
  json["ExtraHosts"] = NullIfEmpty(network.extra_hosts);
  json["GroupAdd"] = NullIfEmpty(config.groups);
  json["IpcMode"] = config.ipc_mode.empty() ? "private" : config.ipc_mode;
  json["Cgroup"] = "";
  json["Links"] = NullIfEmpty(network.links);
  json["OomScoreAdj"] = config.oom_score_adjustment;
  json["PidMode"] = config.pid_mode;
  json["Privileged"] = config.privileged;
  json["PublishAllPorts"] = config.publish_all;
  json["ReadonlyRootfs"] = config.read_only;
  json["SecurityOpt"] = NullIfEmpty(config.security);
  json["UTSMode"] = config.uts_mode;
  json["UsernsMode"] = "";
  json["ShmSize"] = config.shm_size == 0 ? std::int64_t{64} << 20 : config.shm_size;
  json["Runtime"] = "ibuild";
  json["Isolation"] = "";
  if (!config.sysctls.empty()) json["Sysctls"] = SysctlsJson(config.sysctls);
  json["Init"] = config.init;
  json["Devices"] = DevicesJson(config.devices);
  json["Ulimits"] = UlimitsJson(config.ulimits);
  AddLimits(config, &json);
  return json;
}

}  // namespace ibuild::containers
