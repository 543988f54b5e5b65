// network create, ls, inspect, rm, connect, disconnect.
#include "cli/containers/networks.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "cli/building/fields.h"
#include "cli/containers/commands.h"
#include "cli/containers/container_document.h"
#include "cli/containers/container_filter.h"
#include "cli/containers/each.h"
#include "cli/containers/filter_text.h"
#include "cli/containers/format.h"
#include "cli/containers/open_engine.h"
#include "cli/containers/podman_lists.h"
#include "cli/exit_code.h"
#include "cli/render/output.h"
#include "cli/wiring.h"
#include "containers/engine/engine.h"
#include "containers/model/status.h"
#include "containers/monitor/session_message.h"
#include "containers/network/router.h"
#include "containers/network/subnet.h"
#include "containers/state/unix_socket.h"
#include "support/error.h"
#include "support/json.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

using containers::Container;
using containers::Engine;
using containers::NetworkConfig;

void AddLabel(std::map<std::string, std::string>& labels, const std::string& text) {
  const std::size_t equals = text.find('=');
  labels[text.substr(0, equals)] = equals == std::string::npos ? "" : text.substr(equals + 1);
}

// Whether it is to be there when it runs.
bool IsMember(const Container& container, const std::string& network) {
  const std::vector<std::string> names = container.config.host.network.Names();
  return std::find(names.begin(), names.end(), network) != names.end();
}

class NetworkCreateCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Custom("-d,--driver", "bridge", "Only bridge", [](const std::string& text) {
      if (text == "bridge") return;
      throw Error(ErrorKind::kUnsupported, fmt::format("network driver {} is not supported", text))
          .WithHint("bridge is: one machine needs no other");
    });
    options.Value("--subnet", "A.B.C.D/N", "Its addresses; chosen without", config_.subnet);
    options.Custom("--gateway", "ADDRESS", "Accepted: it is the first address", [](const auto&) {});
    options.Custom("--ip-range", "RANGE", "Accepted: any of the subnet", [](const auto&) {});
    options.Custom("-o,--opt", "NAME=VALUE", "Accepted", [](const auto&) {});
    options.Switch("--internal", "No way out", config_.internal);
    options.Switch("--attachable", "Accepted: always so", accepted_);
    options.Custom("--label", "NAME[=VALUE]", "A label; repeat",
                   [this](const std::string& text) { AddLabel(config_.labels, text); });
  }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    const Engine engine = OpenEngine(wiring);
    config_.name = operands[0];
    WriteStandardOutput(engine.networks().Create(config_).id + "\n");
    return kExitOk;
  }

 private:
  NetworkConfig config_;
  bool accepted_ = false;
};

class NetworkLsCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Switch("-q,--quiet", "Only the ids", quiet_);
    options.Switch("--no-trunc", "Ids in full", full_);
    options.Value("--format", "FORMAT", "table, json, or a Go template for each", format_);
    options.Filter("-f,--filter",
                   "Only some: name=, driver=, id=, label=, type=, scope=, dangling=; repeat",
                   [this](const std::string& text) {
                     filters_.push_back(ParseFilter(
                         text, {"name", "driver", "id", "label", "type", "scope", "dangling"}));
                   });
  }

  int Run(Wiring& wiring, const std::vector<std::string>&) override {
    const Engine engine = OpenEngine(wiring);
    std::string ids;
    std::vector<OrderedJson> rows;
    const bool as_podman = format_ == "json" && wiring.settings().tool == ToolKind::kPodman;
    for (const NetworkConfig& network : engine.networks().List()) {
      if (!Matches(engine, network)) continue;
      if (as_podman) {
        rows.push_back(PodmanNetwork(network));
        continue;
      }
      const std::string id = full_ ? network.id : network.id.substr(0, 12);
      ids += id + "\n";
      rows.push_back({{"ID", id},
                      {"Name", network.name},
                      {"Driver", network.driver},
                      {"Scope", "local"},
                      {"Internal", network.internal ? "true" : "false"},
                      {"IPv4", "true"},
                      {"IPv6", "false"},
                      {"Labels", JoinLabels(network.labels)},
                      {"CreatedAt", FormatTime(network.created)}});
    }
    WriteStandardOutput(as_podman ? PodmanList(rows)
                        : quiet_  ? ids
                                  : FormatRows(format_,
                                               {{"ID", "NETWORK ID"},
                                                {"Name", "NAME"},
                                                {"Driver", "DRIVER"},
                                                {"Scope", "SCOPE"}},
                                               rows));
    return kExitOk;
  }

 private:
  bool Matches(const Engine& engine, const NetworkConfig& network) const {
    return std::all_of(filters_.begin(), filters_.end(), [&](const FilterText& filter) {
      return Passes(engine, network, filter.name, filter.value);
    });
  }

  static bool Passes(const Engine& engine, const NetworkConfig& network, const std::string& name,
                     const std::string& value) {
    if (name == "name") return MatchesPattern(network.name, value);
    if (name == "driver") return network.driver == value;
    if (name == "label") return HasLabel(network.labels, value);
    if (name == "id") return network.id.starts_with(value);
    if (name == "type") return value == (network.IsBuiltIn() ? "builtin" : "custom");
    if (name == "scope") return value == "local";
    const bool dangling = !network.IsBuiltIn() && UsersOfNetwork(engine, network).empty();
    return dangling == FieldAsBool({.key = name, .value = value, .has_value = true});
  }

  bool quiet_ = false;
  bool full_ = false;
  std::string format_;
  std::vector<FilterText> filters_;
};

OrderedJson DescribeNetwork(const Engine& engine, const NetworkConfig& network) {
  OrderedJson members = OrderedJson::object();
  for (const Container& container : UsersOfNetwork(engine, network)) {
    for (const auto& endpoint : container.state.endpoints) {
      if (endpoint.network != network.name) continue;
      members[container.config.id] = {
          {"Name", container.config.name},
          {"EndpointID", EndpointId(container, endpoint)},
          {"MacAddress", endpoint.mac},
          {"IPv4Address", fmt::format("{}/{}", endpoint.address, endpoint.prefix)},
          {"IPv6Address", ""}};
    }
  }
  OrderedJson config = OrderedJson::array();
  const auto report = network.driver == "bridge"
                          ? containers::AskRouter(engine.networks(), network.name)
                          : std::nullopt;
  const std::string subnet = report ? report->subnet : network.subnet;
  if (!subnet.empty()) {
    config.push_back(
        {{"Subnet", subnet},
         {"Gateway", containers::FormatAddress(containers::ParseSubnet(subnet).Machine())}});
  }
  OrderedJson labels = OrderedJson::object();
  for (const auto& [name, value] : network.labels) labels[name] = value;
  OrderedJson json;
  json["Name"] = network.name;
  json["Id"] = network.id;
  json["Created"] = FormatTime(network.created);
  json["Scope"] = "local";
  json["Driver"] = network.driver;
  json["EnableIPv4"] = true;
  json["EnableIPv6"] = false;
  json["IPAM"] = {{"Driver", "default"}, {"Options", nullptr}, {"Config", std::move(config)}};
  json["Internal"] = network.internal;
  json["Attachable"] = false;
  json["Ingress"] = false;
  json["ConfigFrom"] = {{"Network", ""}};
  json["ConfigOnly"] = false;
  json["Containers"] = std::move(members);
  json["Options"] = OrderedJson::object();
  json["Labels"] = std::move(labels);
  return json;
}

class NetworkInspectCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Value("-f,--format", "FORMAT", "json, or a Go template for each network", format_);
    options.Switch("-v,--verbose", "Accepted", verbose_);
  }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    const Engine engine = OpenEngine(wiring);
    InspectOutput output(format_);
    const int code = ForEach(wiring, operands, [&](const std::string& name) {
      output.Add(DescribeNetwork(engine, engine.networks().Find(name)));
    });
    WriteStandardOutput(output.Render());
    return code;
  }

 private:
  std::string format_;
  bool verbose_ = false;
};

class NetworkRmCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Switch("-f,--force", "One that is not there is fine", force_);
  }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    const Engine engine = OpenEngine(wiring);
    return ForEach(wiring, operands, [&](const std::string& name) {
      const NetworkConfig network = engine.networks().Find(name);
      for (const Container& container : UsersOfNetwork(engine, network)) {
        if (container.state.endpoints.empty()) continue;
        throw Error(ErrorKind::kInvalidInput,
                    fmt::format("error while removing network: network {} has active endpoints "
                                "(name:\"{}\")",
                                network.name, container.config.name))
            .WithHint(fmt::format("stop the container, or `ibuild network disconnect {} {}`",
                                  network.name, container.config.name));
      }
      engine.networks().Remove(network);
      WriteStandardOutput(name + "\n");
    });
  }

 private:
  bool force_ = false;
};

// Asks the monitor, which holds the container's places on networks.
void AskMonitor(const Engine& engine, const Container& container, const std::string& message) {
  const UniqueFd connection = engine.Connect(container);
  containers::SendMessage(connection.get(), message);
  const auto answer = containers::ReceiveMessage(connection.get());
  if (!answer || answer->bytes.empty()) {
    throw Error(ErrorKind::kUnavailable,
                fmt::format("container {} ended meanwhile", container.config.name));
  }
  const containers::SessionMessage decoded = containers::Decode(answer->bytes);
  if (decoded.kind == containers::MessageKind::kFailed) {
    throw Error(ErrorKind::kInvalidInput, std::string(decoded.text));
  }
}

// For the next start. The last one that is left is where the container is; none of them: nowhere.
void Forget(const std::string& network, containers::NetworkOptions* options) {
  auto& more = options->more;
  more.erase(std::remove_if(more.begin(), more.end(),
                            [&](const auto& place) { return place.network == network; }),
             more.end());
  if (options->mode != network) return;
  options->mode = "none";
  options->aliases.clear();
  options->address.clear();
  options->mac.clear();
  if (more.empty()) return;
  options->mode = more.front().network;
  options->aliases = more.front().aliases;
  options->address = more.front().address;
  more.erase(more.begin());
}

// What has no network of its own can neither join one nor leave one.
void CheckMayChange(const Container& container, const NetworkConfig& network) {
  if (network.driver != "bridge") {
    throw Error(ErrorKind::kInvalidInput,
                fmt::format("containers cannot join or leave the network {}", network.name))
        .WithHint(fmt::format("`ibuild run --network {}` starts one there", network.name));
  }
  if (!container.config.host.network.IsShared()) return;
  throw Error(ErrorKind::kInvalidInput,
              fmt::format("container {} shares the network of {}", container.config.name,
                          container.config.host.network.mode))
      .WithHint(fmt::format("make one that has a network of its own: `ibuild run --network {}`",
                            network.name));
}

class NetworkConnectCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Each("--alias", "NAME", "One more name there; repeat", aliases_);
    options.Value("--ip", "ADDRESS", "Its address there", address_);
    options.Each("--link", "CONTAINER[:ALIAS]", "Accepted: names of all are known", links_);
  }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    const Engine engine = OpenEngine(wiring);
    const NetworkConfig network = engine.networks().Find(operands[0]);
    Container container = engine.containers().Find(operands[1]);
    CheckMayChange(container, network);
    const Json request = {{"network", network.name}, {"aliases", aliases_}, {"address", address_}};
    if (containers::IsAlive(container.state.status)) {
      AskMonitor(engine, container,
                 containers::Encode(containers::MessageKind::kConnect, DumpJson(request)));
    }
    if (IsMember(container, network.name)) {
      throw Error(ErrorKind::kAlreadyExists,
                  fmt::format("endpoint with name {} already exists in network {}",
                              container.config.name, network.name));
    }
    auto& options = container.config.host.network;
    if (options.mode == "none") {  // as one that has left all others
      options.mode = network.name;
      options.aliases = aliases_;
      options.address = address_;
    } else {
      options.more.push_back({.network = network.name, .aliases = aliases_, .address = address_});
    }
    engine.containers().WriteConfig(container);
    return kExitOk;
  }

 private:
  std::vector<std::string> aliases_;
  std::string address_;
  std::vector<std::string> links_;
};

class NetworkDisconnectCommand final : public Command {
 public:
  void Declare(OptionSet& options) override { options.Switch("-f,--force", "Accepted", force_); }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    const Engine engine = OpenEngine(wiring);
    const NetworkConfig network = engine.networks().Find(operands[0]);
    Container container = engine.containers().Find(operands[1]);
    CheckMayChange(container, network);
    if (containers::IsAlive(container.state.status)) {
      AskMonitor(engine, container,
                 containers::Encode(containers::MessageKind::kDisconnect, network.name));
    } else if (!IsMember(container, network.name)) {
      throw Error(ErrorKind::kNotFound, fmt::format("container {} is not connected to network {}",
                                                    container.config.id, network.name));
    }
    Forget(network.name, &container.config.host.network);
    engine.containers().WriteConfig(container);
    return kExitOk;
  }

 private:
  bool force_ = false;
};

}  // namespace

std::vector<Container> UsersOfNetwork(const Engine& engine, const NetworkConfig& network) {
  std::vector<Container> users;
  for (Container& container : engine.containers().List()) {
    bool uses = IsMember(container, network.name);
    for (const auto& endpoint : container.state.endpoints) {
      uses = uses || endpoint.network == network.name;
    }
    if (uses) users.push_back(std::move(container));
  }
  return users;
}

std::unique_ptr<Command> MakeNetworkCreate() { return std::make_unique<NetworkCreateCommand>(); }
std::unique_ptr<Command> MakeNetworkLs() { return std::make_unique<NetworkLsCommand>(); }
std::unique_ptr<Command> MakeNetworkInspect() { return std::make_unique<NetworkInspectCommand>(); }
std::unique_ptr<Command> MakeNetworkRm() { return std::make_unique<NetworkRmCommand>(); }
std::unique_ptr<Command> MakeNetworkConnect() { return std::make_unique<NetworkConnectCommand>(); }
std::unique_ptr<Command> MakeNetworkDisconnect() {
  return std::make_unique<NetworkDisconnectCommand>();
}

}  // namespace ibuild::cli
