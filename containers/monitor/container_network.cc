#include "containers/monitor/container_network.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "containers/monitor/name_server.h"
#include "containers/monitor/network_sysctls.h"
#include "containers/network/hosts_file.h"
#include "containers/network/subnet.h"
#include "sandbox/network/network_files.h"
#include "support/error.h"
#include "support/files.h"
#include "support/text.h"

namespace ibuild::containers {
namespace {

constexpr std::string_view kOther = "container:";
constexpr std::uint16_t kNamesPort = 53;
// As --add-host has it: the machine, as it is seen on the container's network.
constexpr std::string_view kHostGateway = "host-gateway";

// In place: it may be mounted already.
void WriteInPlace(const std::filesystem::path& path, const std::string& text) {
  UniqueFd fd = OpenFile(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  WriteAll(fd.get(), text);
}

std::string HostNames(const Container& container) {
  const ProcessConfig& process = container.config.process;
  if (process.domain_name.empty()) return process.hostname;
  return fmt::format("{0}.{1} {0}", process.hostname, process.domain_name);
}

std::string OwnHosts(const Container& container) {
  std::string text =
      "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"
      "fe00::0\tip6-localnet\nff00::0\tip6-mcastprefix\nff02::1\tip6-allnodes\n"
      "ff02::2\tip6-allrouters\n";
  for (const std::string& host : container.config.host.network.extra_hosts) {
    const std::size_t colon = host.find(':');
    std::string address = host.substr(colon + 1);
    if (address == kHostGateway) {
      if (container.config.host.network.mode != "host") continue;  // not known yet
      address = "127.0.0.1";
    }
    text += fmt::format("{}\t{}\n", address, host.substr(0, colon));
  }
  return text;
}

std::string ResolverOptions(const NetworkOptions& options) {
  std::string text;
  if (!options.dns_search.empty()) text += "search " + Join(options.dns_search, " ") + "\n";
  if (!options.dns_options.empty()) text += "options " + Join(options.dns_options, " ") + "\n";
  return text;
}

std::string ResolverText(const Container& container, const std::string& name_server) {
  const NetworkOptions& options = container.config.host.network;
  const std::string host = ReadFileIfExists("/etc/resolv.conf").value_or("");
  std::string text;
  if (options.dns.empty()) {
    text =
        name_server.empty() ? builder::ResolvConf(host) : builder::ResolvConfFor(name_server, host);
  }
  for (const std::string& server : options.dns) text += "nameserver " + server + "\n";
  return text + ResolverOptions(options);
}

// With our own name server. A name without a dot is first of all one of a container.
std::string NamesResolverText(const Container& container) {
  const std::string host = ReadFileIfExists("/etc/resolv.conf").value_or("");
  return builder::ResolvConfFor(kNameServerAddress, host) + "options ndots:0\n" +
         ResolverOptions(container.config.host.network);
}

// A container that is a name server itself needs the port for that.
bool IsNameServer(const Container& container) {
  const ContainerConfig& config = container.config;
  const auto& exposed = config.process.exposed_ports;
  const auto& published = config.host.ports;
  return std::any_of(
             exposed.begin(), exposed.end(),
             [](const auto& name) { return ParseExposed(name).container_port == kNamesPort; }) ||
         std::any_of(published.begin(), published.end(),
                     [](const auto& port) { return port.container_port == kNamesPort; });
}

// Copies what another container has there: two in one network share its names.
void ShareEtcFiles(const Container& container, const Container& other) {
  WriteInPlace(container.files.hosts(), ReadFileIfExists(other.files.hosts()).value_or(""));
  WriteInPlace(container.files.resolv_conf(),
               ReadFileIfExists(other.files.resolv_conf()).value_or(""));
  WriteInPlace(container.files.hostname(), ReadFileIfExists(other.files.hostname()).value_or(""));
}

}  // namespace

void WriteEtcFiles(const Container& container, const std::string& name_server) {
  const std::string hostname = container.config.process.hostname;
  const std::string& mode = container.config.host.network.mode;
  const bool lonely = mode == "none";
  std::string hosts = OwnHosts(container);
  if (lonely || mode == "host") hosts += "127.0.0.1\t" + HostNames(container) + "\n";
  WriteInPlace(container.files.hosts(), hosts);
  WriteInPlace(container.files.hostname(), hostname + "\n");
  WriteInPlace(container.files.resolv_conf(),
               lonely ? std::string() : ResolverText(container, name_server));
}

ContainerNetwork::Plan ContainerNetwork::Prepare(const Container& container) {
  const std::string& mode = container.config.host.network.mode;
  if (mode.starts_with(kOther)) {
    ShareEtcFiles(container, containers_.Find(mode.substr(kOther.size())));
    return {.own = false, .connected = false};
  }
  WriteEtcFiles(container, {});
  if (mode == "host") return {.own = false, .connected = false};
  // One that is lonely may have settings of its network all the same.
  return {.own = true, .connected = mode != "none" || !container.config.host.sysctls.empty()};
}

void ContainerNetwork::OpenPorts(const Container& container) {
  Close();
  const ContainerConfig& config = container.config;
  if (config.host.network.mode == "host") return;  // they are open as they are
  std::vector<PortBinding> ports = config.host.ports;
  if (config.host.publish_all) {
    for (const std::string& name : config.process.exposed_ports) {
      const PortBinding port = ParseExposed(name);
      const bool there = std::any_of(ports.begin(), ports.end(), [&](const PortBinding& other) {
        return ExposedName(other) == ExposedName(port);
      });
      if (!there) ports.push_back(port);
    }
  }
  forwarder_ = PortForwarder(ports);
}

void ContainerNetwork::Connect(const Container& container, int net_namespace) {
  names_.Stop();  // that of an earlier attempt is in a namespace that is gone
  places_.clear();
  resolver_.clear();
  const NetworkOptions& options = container.config.host.network;
  if (!container.config.host.sysctls.empty()) {
    SetNetworkSysctls(container.config.host.sysctls, net_namespace);
  }
  if (options.mode == "none") return;
  Join(container, options.mode, net_namespace, options.aliases, options.address);
  for (const NetworkPlace& place : options.more) {
    Join(container, place.network, net_namespace, place.aliases, place.address);
  }
  NameMachine(options.extra_hosts);
}

void ContainerNetwork::NameMachine(const std::vector<std::string>& extra_hosts) const {
  std::string lines;
  for (const std::string& host : extra_hosts) {
    const std::size_t colon = host.find(':');
    if (host.substr(colon + 1) != kHostGateway) continue;
    lines += fmt::format("{}\t{}\n", places_.front().joined.answer.endpoint.gateway,
                         host.substr(0, colon));
  }
  if (!lines.empty()) RewriteHosts(places_.front().hosts.get(), "(machine)", lines);
}

void ContainerNetwork::Join(const Container& container, const std::string& network,
                            int net_namespace, const std::vector<std::string>& aliases,
                            const std::string& address) {
  const NetworkConfig config = networks_.Find(network);
  for (const Place& place : places_) {
    if (place.joined.answer.endpoint.network != config.name) continue;
    throw Error(ErrorKind::kAlreadyExists,
                fmt::format("endpoint with name {} already exists in network {}",
                            container.config.name, config.name));
  }
  JoinRequest request;
  request.id = container.config.id;
  request.name = container.config.name;
  request.hostname = HostNames(container);
  request.aliases = aliases;
  request.links = container.config.host.network.links;
  request.address = address;
  if (network == container.config.host.network.mode) {
    request.mac = container.config.host.network.mac;
  }
  request.interface = FreeInterface();
  request.see_all = config.name != "bridge";
  request.default_route = Outside().empty();
  Place place;
  place.interface = request.interface;
  place.hosts = OpenFile(container.files.hosts(), O_RDWR);
  // The router has a description of its own: a lock belongs to that, so one that is shared keeps
  // nobody out.
  const UniqueFd hosts = OpenFile(container.files.hosts(), O_RDWR);
  place.joined = JoinNetwork(networks_, config, request, net_namespace, hosts.get());
  const bool names_wanted = request.see_all || !request.links.empty();
  places_.push_back(std::move(place));
  const bool found_way_out = request.default_route && !Outside().empty();
  if (names_.running() ? found_way_out : names_wanted && !IsNameServer(container)) {
    names_.Stop();
    StartNames(container, net_namespace);
  }
  WriteResolver(container);
}

// Only when it is to be another: the container may have written there, too.
void ContainerNetwork::WriteResolver(const Container& container) {
  std::string text =
      names_.running() ? NamesResolverText(container) : ResolverText(container, Outside());
  if (text == resolver_) return;
  WriteInPlace(container.files.resolv_conf(), text);
  resolver_ = std::move(text);
}

// The name server of the first network that has a way out of the machine; empty: none has.
std::string ContainerNetwork::Outside() const {
  for (const Place& place : places_) {
    if (!place.joined.answer.name_server.empty()) return place.joined.answer.name_server;
  }
  return {};
}

std::string ContainerNetwork::FreeInterface() const {
  for (int number = 0;; ++number) {
    std::string name = fmt::format("eth{}", number);
    const bool taken = std::any_of(places_.begin(), places_.end(),
                                   [&](const Place& place) { return place.interface == name; });
    if (!taken) return name;
  }
}

// For programs that look at no /etc/hosts.
void ContainerNetwork::StartNames(const Container& container, int net_namespace) {
  std::vector<std::string> upstreams = container.config.host.network.dns;
  const std::string outside = Outside();
  if (upstreams.empty() && !outside.empty()) upstreams.push_back(outside);
  const UniqueFd hosts = OpenFile(container.files.hosts(), O_RDONLY);
  names_ = StartNameServer(
      {.net_namespace = net_namespace, .hosts = hosts.get(), .upstreams = std::move(upstreams)});
}

void ContainerNetwork::Leave(const std::string& network) {
  const auto place = std::find_if(places_.begin(), places_.end(), [&](const Place& candidate) {
    return candidate.joined.answer.endpoint.network == network;
  });
  if (place == places_.end()) {
    throw Error(ErrorKind::kNotFound,
                fmt::format("the container is not connected to the network {}", network));
  }
  const UniqueFd hosts = std::move(place->hosts);
  places_.erase(place);
  RewriteHosts(hosts.get(), network, {});
}

void ContainerNetwork::StartForwarding() {
  if (places_.empty() || forwarder_.ports().empty()) return;
  const Joined& joined = places_.front().joined;
  forwarding_ = forwarder_.Start(joined.router_namespace.get(),
                                 ParseAddress(joined.answer.endpoint.address).value_or(0));
}

void ContainerNetwork::Close() {
  forwarding_.Stop();
  names_.Stop();
  forwarder_ = PortForwarder();
  places_.clear();
}

std::vector<Endpoint> ContainerNetwork::Endpoints() const {
  std::vector<Endpoint> endpoints;
  for (const Place& place : places_) endpoints.push_back(place.joined.answer.endpoint);
  return endpoints;
}

}  // namespace ibuild::containers
