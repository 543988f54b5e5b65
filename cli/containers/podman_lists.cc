#include "cli/containers/podman_lists.h"

#include "cli/containers/container_document.h"
#include "containers/model/status_text.h"
#include "support/json.h"

namespace ibuild::cli {
namespace {

using containers::Container;

constexpr std::int64_t kGoZeroTime = -62'135'596'800;  // the year 1, in seconds since 1970

std::int64_t InSeconds(std::int64_t nanoseconds) {
  return nanoseconds == 0 ? kGoZeroTime : nanoseconds / 1'000'000'000;
}

OrderedJson OrNullWhenEmpty(OrderedJson json) { return json.empty() ? OrderedJson() : json; }

OrderedJson PortsOf(const Container& container) {
  const auto& ports =
      container.state.ports.empty() ? container.config.host.ports : container.state.ports;
  OrderedJson json = OrderedJson::array();
  for (const containers::PortBinding& port : ports) {
    json.push_back({{"host_ip", port.host_address},
                    {"container_port", port.container_port},
                    {"host_port", port.host_port},
                    {"range", 1},
                    {"protocol", port.protocol}});
  }
  return OrNullWhenEmpty(std::move(json));
}

OrderedJson ExposedPorts(const containers::ProcessConfig& process) {
  OrderedJson json = OrderedJson::object();
  for (const std::string& text : process.exposed_ports) {
    const containers::PortBinding port = containers::ParseExposed(text);
    json[std::to_string(port.container_port)].push_back(port.protocol);
  }
  return OrNullWhenEmpty(std::move(json));
}

}  // namespace

OrderedJson PodmanContainer(const Container& container, std::int64_t now) {
  const containers::ContainerConfig& config = container.config;
  const containers::ContainerState& state = container.state;
  OrderedJson mounts = OrderedJson::array();
  for (const auto& mount : config.mounts) mounts.push_back(mount.destination);
  OrderedJson json;
  json["AutoRemove"] = config.host.auto_remove;
  json["Command"] = config.process.Arguments();
  json["CreatedAt"] = containers::HumanDuration(now - config.created) + " ago";
  json["CIDFile"] = "";
  json["Exited"] = state.status == containers::Status::kExited;
  json["ExitedAt"] = InSeconds(state.finished);
  json["ExitCode"] = state.exit_code;
  json["ExposedPorts"] = ExposedPorts(config.process);
  json["Id"] = config.id;
  json["Image"] = config.process.image;
  json["ImageID"] = config.image_id.substr(config.image_id.find(':') + 1);
  json["IsInfra"] = false;
  json["Labels"] = OrNullWhenEmpty(config.process.labels);
  json["Mounts"] = std::move(mounts);
  json["Names"] = OrderedJson::array({config.name});
  json["Namespaces"] = OrderedJson::object();
  json["Networks"] = config.host.network.Names();
  json["Pid"] = state.pid;
  json["Pod"] = "";
  json["PodName"] = "";
  json["Ports"] = PortsOf(container);
  json["Restarts"] = state.restarts;
  json["Size"] = nullptr;
  json["StartedAt"] = InSeconds(state.started);
  json["State"] = std::string(containers::ToString(state.status));
  json["Status"] = containers::DescribeState(state, now);
  json["Created"] = InSeconds(config.created);
  return json;
}

OrderedJson PodmanVolume(const containers::VolumeConfig& volume,
                         const std::filesystem::path& data) {
  OrderedJson json;
  json["Name"] = volume.name;
  json["Driver"] = "local";
  json["Mountpoint"] = data.native();
  json["CreatedAt"] = FormatTime(volume.created);
  json["Labels"] = OrderedJson::object();
  for (const auto& [name, value] : volume.labels) json["Labels"][name] = value;
  json["Scope"] = "local";
  json["Options"] = OrderedJson::object();
  if (volume.anonymous) json["Anonymous"] = true;
  return json;
}

OrderedJson PodmanNetwork(const containers::NetworkConfig& network) {
  OrderedJson json;
  json["name"] = network.name;
  json["id"] = network.id;
  json["driver"] = network.driver;
  json["created"] = FormatTime(network.created);
  if (!network.subnet.empty()) {
    json["subnets"] = OrderedJson::array({OrderedJson{{"subnet", network.subnet}}});
  }
  json["ipv6_enabled"] = false;
  json["internal"] = network.internal;
  json["dns_enabled"] = !network.IsBuiltIn();
  if (!network.labels.empty()) {
    for (const auto& [name, value] : network.labels) json["labels"][name] = value;
  }
  return json;
}

std::string PodmanList(const std::vector<OrderedJson>& documents) {
  return DumpJson(OrderedJson(documents), JsonStyle::kIndented) + "\n";
}

}  // namespace ibuild::cli
