#include "cli/containers/container_document.h"

#include <string>
#include <utility>
#include <vector>

#include "containers/engine/changes.h"
#include "containers/model/status.h"
#include "containers/network/join_message.h"
#include "layers/store/tree_size.h"
#include "oci/digest.h"
#include "support/clock.h"
#include "support/json.h"

namespace ibuild::cli {
namespace {

using containers::Container;
using containers::Endpoint;
using containers::MountConfig;
using containers::PortBinding;

OrderedJson HealthJson(const containers::Health& health) {
  OrderedJson log = OrderedJson::array();
  for (const containers::HealthRecord& record : health.log) {
    log.push_back({{"Start", FormatTime(record.start)},
                   {"End", FormatTime(record.end)},
                   {"ExitCode", record.exit_code},
                   {"Output", record.output}});
  }
  return {
      {"Status", health.status}, {"FailingStreak", health.failing_streak}, {"Log", std::move(log)}};
}

OrderedJson StateJson(const containers::ContainerState& state) {
  using containers::Status;
  OrderedJson json;
  json["Status"] = std::string(containers::ToString(state.status));
  json["Running"] = containers::IsAlive(state.status);
  json["Paused"] = state.status == Status::kPaused;
  json["Restarting"] = state.status == Status::kRestarting;
  json["OOMKilled"] = state.oom_killed;
  json["Dead"] = state.status == Status::kDead;
  json["Pid"] = state.pid;
  json["ExitCode"] = state.exit_code;
  json["Error"] = state.error;
  json["StartedAt"] = FormatTime(state.started);
  json["FinishedAt"] = FormatTime(state.finished);
  if (!state.health.status.empty()) json["Health"] = HealthJson(state.health);
  return json;
}

OrderedJson PortsJson(const Container& container) {
  OrderedJson json = OrderedJson::object();
  if (!containers::IsAlive(container.state.status)) return json;
  for (const std::string& name : container.config.process.exposed_ports) json[name] = nullptr;
  for (const PortBinding& port : container.state.ports) {
    OrderedJson& list = json[containers::ExposedName(port)];
    if (list.is_null()) list = OrderedJson::array();
    list.push_back({{"HostIp", port.host_address.empty() ? "0.0.0.0" : port.host_address},
                    {"HostPort", std::to_string(port.host_port)}});
  }
  return json;
}

OrderedJson DnsNames(const Container& container, const Endpoint& endpoint) {
  if (endpoint.network.empty() || endpoint.network == "bridge") return {};
  containers::JoinRequest place;
  place.id = container.config.id;
  place.name = container.config.name;
  place.hostname = container.config.process.hostname;
  place.aliases = endpoint.aliases;
  return containers::OwnNames(place);
}

OrderedJson EndpointJson(const Container& container, const Endpoint& endpoint,
                         const std::string& network_id) {
  return {{"IPAMConfig", nullptr},
          {"Links", nullptr},
          {"Aliases", endpoint.aliases.empty() ? OrderedJson() : OrderedJson(endpoint.aliases)},
          {"MacAddress", endpoint.mac},
          {"DriverOpts", nullptr},
          {"GwPriority", 0},
          {"NetworkID", network_id},
          {"EndpointID", EndpointId(container, endpoint)},
          {"Gateway", endpoint.gateway},
          {"IPAddress", endpoint.address},
          {"IPPrefixLen", endpoint.prefix},
          {"IPv6Gateway", ""},
          {"GlobalIPv6Address", ""},
          {"GlobalIPv6PrefixLen", 0},
          {"DNSNames", DnsNames(container, endpoint)}};
}

std::string NetworkId(const containers::Engine& engine, const std::string& name) {
  for (const auto& network : engine.networks().List()) {
    if (network.name == name) return network.id;
  }
  return {};
}

OrderedJson NetworkJson(const containers::Engine& engine, const Container& container) {
  OrderedJson networks = OrderedJson::object();
  Endpoint first;
  for (const Endpoint& endpoint : container.state.endpoints) {
    if (endpoint.network == "bridge") first = endpoint;
    networks[endpoint.network] =
        EndpointJson(container, endpoint, NetworkId(engine, endpoint.network));
  }
  const containers::NetworkOptions& options = container.config.host.network;
  if (networks.empty() && !options.mode.starts_with("container:")) {
    for (const std::string& name : options.Names()) {
      networks[name] = EndpointJson(container, {}, NetworkId(engine, name));
    }
  }
  OrderedJson json;
  json["Bridge"] = "";
  json["SandboxID"] = container.state.pid == 0 ? "" : container.config.id;
  json["HairpinMode"] = false;
  json["LinkLocalIPv6Address"] = "";
  json["LinkLocalIPv6PrefixLen"] = 0;
  json["SecondaryIPAddresses"] = nullptr;
  json["SecondaryIPv6Addresses"] = nullptr;
  json["EndpointID"] = EndpointId(container, first);
  json["GlobalIPv6Address"] = "";
  json["GlobalIPv6PrefixLen"] = 0;
  json["IPv6Gateway"] = "";
  json["Ports"] = PortsJson(container);
  json["Gateway"] = first.gateway;
  json["IPAddress"] = first.address;
  json["IPPrefixLen"] = first.prefix;
  json["MacAddress"] = first.mac;
  json["SandboxKey"] = container.state.pid == 0
                           ? std::string()
                           : "/proc/" + std::to_string(container.state.pid) + "/ns/net";
  json["Networks"] = std::move(networks);
  return json;
}

// As -v has them.
OrderedJson BindsJson(const std::vector<MountConfig>& mounts) {
  OrderedJson binds;
  for (const MountConfig& mount : mounts) {
    if (mount.type == "tmpfs") continue;
    const std::string mode = mount.writable ? "" : ":ro";
    const std::string& source = mount.name.empty() ? mount.source : mount.name;
    binds.push_back(source + ":" + mount.destination + mode);
  }
  return binds;
}

OrderedJson MountsJson(const std::vector<MountConfig>& mounts) {
  OrderedJson json = OrderedJson::array();
  for (const MountConfig& mount : mounts) {
    OrderedJson entry;
    entry["Type"] = mount.type;
    if (!mount.name.empty()) entry["Name"] = mount.name;
    entry["Source"] = mount.source;
    entry["Destination"] = mount.destination;
    if (mount.type == "volume") entry["Driver"] = "local";
    entry["Mode"] = mount.mode;
    entry["RW"] = mount.writable;
    entry["Propagation"] = mount.type == "bind" ? "rprivate" : "";
    json.push_back(std::move(entry));
  }
  return json;
}

}  // namespace

std::string EndpointId(const Container& container, const Endpoint& endpoint) {
  return endpoint.address.empty()
             ? ""
             : oci::Digest::OfText(container.config.id + endpoint.network).hex();
}

std::string FormatTime(std::int64_t nanoseconds) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  if (nanoseconds == 0) return "0001-01-01T00:00:00Z";
  return FormatRfc3339({nanoseconds / kSecond, static_cast<std::int32_t>(nanoseconds % kSecond)});
}

OrderedJson DescribeContainer(const containers::Engine& engine, const Container& container) {
  const containers::ContainerConfig& config = container.config;
  const std::vector<std::string> arguments = config.process.Arguments();
  OrderedJson json;
  json["Id"] = config.id;
  json["Created"] = FormatTime(config.created);
  json["Path"] = arguments.empty() ? "" : arguments.front();
  json["Args"] = arguments.empty()
                     ? OrderedJson::array()
                     : OrderedJson(std::vector(arguments.begin() + 1, arguments.end()));
  json["State"] = StateJson(container.state);
  json["Image"] = config.image_id;
  json["ResolvConfPath"] = container.files.resolv_conf().native();
  json["HostnamePath"] = container.files.hostname().native();
  json["HostsPath"] = container.files.hosts().native();
  json["LogPath"] = container.files.log().native();
  json["Name"] = "/" + config.name;
  json["RestartCount"] = container.state.restarts;
  json["Driver"] = "overlay2";
  json["Platform"] = "linux";
  json["MountLabel"] = "";
  json["ProcessLabel"] = "";
  json["AppArmorProfile"] = "";
  json["ExecIDs"] = nullptr;
  json["HostConfig"] = containers::HostConfigJson(config.host);
  json["HostConfig"]["Binds"] = BindsJson(config.mounts);
  json["HostConfig"]["LogConfig"] = {{"Type", "local"}, {"Config", OrderedJson::object()}};
  json["GraphDriver"] = {{"Name", "overlay2"},
                         {"Data",
                          {{"UpperDir", container.files.upper().native()},
                           {"WorkDir", container.files.work().native()}}}};
  json["Mounts"] = MountsJson(config.mounts);
  json["Config"] = containers::ConfigJson(config.process);
  json["NetworkSettings"] = NetworkJson(engine, container);
  return json;
}

OrderedJson WithUnset(OrderedJson document) {
  const std::vector<std::pair<const char*, OrderedJson>> unset = {
      {"/State/Health", OrderedJson(nullptr)},
      {"/Config/Healthcheck", OrderedJson(nullptr)},
      {"/Config/ExposedPorts", OrderedJson::object()},
      {"/Config/StopSignal", OrderedJson("")},
      {"/Config/StopTimeout", OrderedJson(nullptr)},
      {"/HostConfig/Sysctls", OrderedJson::object()}};
  for (const auto& [place, value] : unset) {
    const OrderedJson::json_pointer pointer(place);
    const OrderedJson::json_pointer parent = pointer.parent_pointer();
    // buildah's document of a working container has a text there.
    if (!document.contains(parent) || !document.at(parent).is_object()) continue;
    if (!document.contains(pointer)) document[pointer] = value;
  }
  return document;
}

void AddSizes(const containers::Engine& engine, const containers::Container& container,
              OrderedJson* document) {
  const std::uint64_t own = layers::SizeOnDisk(container.files.upper());
  std::uint64_t all = own;
  for (const auto& layer : containers::TreeOf(engine.store(), container, false)) {
    all += layers::SizeOnDisk(layer);
  }
  (*document)["SizeRw"] = own;
  (*document)["SizeRootFs"] = all;
}

}  // namespace ibuild::cli
