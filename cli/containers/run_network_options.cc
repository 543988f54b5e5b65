// Options of `run` and `create` about networks, addresses, names and ports.
#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "cli/bad_value.h"
#include "cli/building/fields.h"
#include "cli/containers/run_options.h"
#include "support/error.h"
#include "support/hex.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

// Of one interface, not of a group of them (the lowest bit of the first byte).
bool IsMac(std::string_view text) {
  constexpr std::string_view kEven = "02468aceACE";
  const auto bytes = Split(text, ':');
  return bytes.size() == 6 &&
         std::all_of(bytes.begin(), bytes.end(),
                     [](std::string_view byte) { return byte.size() == 2 && IsHex(byte); }) &&
         kEven.find(text[1]) != std::string_view::npos && text != "00:00:00:00:00:00";
}

std::string CheckMac(const std::string& text) {
  if (IsMac(text)) return text;
  throw BadValue(text, "a MAC address").WithHint("write it like `02:42:ac:11:00:99`");
}

bool IsAddress(const std::string& text) {
  in6_addr address{};
  return inet_pton(AF_INET, text.c_str(), &address) == 1 ||
         inet_pton(AF_INET6, text.c_str(), &address) == 1;
}

std::string CheckAddress(const std::string& text) {
  if (!IsAddress(text)) throw BadValue(text, "an address").WithHint("write it like `192.0.2.1`");
  return text;
}

// "NAME:ADDRESS", also with `=` between them.
std::string CheckHost(const std::string& text) {
  std::string entry = text;
  const std::size_t equals = entry.find('=');
  if (equals != std::string::npos) entry[equals] = ':';
  const std::size_t colon = entry.find(':');
  const bool whole = colon != std::string::npos && colon != 0;
  std::string address = whole ? entry.substr(colon + 1) : "";
  if (address.starts_with('[') && address.ends_with(']')) {
    address = address.substr(1, address.size() - 2);
    entry = entry.substr(0, colon + 1) + address;
  }
  if (!IsAddress(address) && address != "host-gateway") {
    throw BadValue(text, "a host and its address").WithHint("write it like `name:192.0.2.1`");
  }
  return entry;
}

}  // namespace

void RunOptions::DeclareNetwork(OptionSet& options) {
  containers::NetworkOptions& network = config_.host.network;
  const auto mode = [this](const std::string& text) { AddNetwork(text); };
  options.Custom("--network", "bridge|none|host|container:X|NAME", "Which network it is on", mode);
  options.Custom("--net", "MODE", "The same", mode);
  options.Each("--network-alias", "NAME", "One more name on its network; repeat", network.aliases);
  options.Each("--net-alias", "NAME", "The same", network.aliases);
  options.Each("--link", "CONTAINER[:ALIAS]", "Know another container by name; repeat",
               network.links);
  options.Custom("--ip", "ADDRESS", "Its address",
                 [&network](const std::string& text) { network.address = CheckAddress(text); });
  options.Custom("--mac-address", "ADDRESS", "The hardware address of its first interface",
                 [&network](const std::string& text) { network.mac = CheckMac(text); });
  options.Custom("--dns", "ADDRESS", "A name server; repeat", [&network](const std::string& text) {
    network.dns.push_back(CheckAddress(text));
  });
  options.Each("--dns-search", "DOMAIN", "A search domain; repeat", network.dns_search);
  options.Each("--dns-option", "OPTION", "A line of `options`; repeat", network.dns_options);
  options.Each("--dns-opt", "OPTION", "The same", network.dns_options);
  options.Custom(
      "--add-host", "NAME:IP", "A line for /etc/hosts; repeat",
      [&network](const std::string& text) { network.extra_hosts.push_back(CheckHost(text)); });
  options.Custom("-p,--publish", "[IP:][HOST:]CONTAINER[/udp]", "Publish a port; repeat",
                 [this](const std::string& text) {
                   for (auto& port : containers::ParsePublish(text)) {
                     config_.host.ports.push_back(std::move(port));
                   }
                 });
  options.Switch("-P,--publish-all", "Publish all exposed ports", config_.host.publish_all);
  options.Custom("--expose", "PORT[/udp]", "A port that it listens at; repeat",
                 [this](const std::string& text) {
                   config_.process.exposed_ports.insert(
                       containers::ExposedName(containers::ParseExposed(text)));
                 });
}

// The first one is where it is; each more is one more.
void RunOptions::AddNetwork(const std::string& text) {
  containers::NetworkPlace place;
  if (text.find('=') == std::string::npos) {
    place.network = text == "default" ? "bridge" : text;
  } else {
    for (Field& field : ParseFields(text)) {
      if (field.key == "name") {
        place.network = std::move(field.value);
      } else if (field.key == "alias") {
        place.aliases.push_back(std::move(field.value));
      } else if (field.key == "ip") {
        place.address = CheckAddress(field.value);
      } else {
        ThrowUnknownField(field, {"name", "alias", "ip"});
      }
    }
  }
  if (place.network.empty()) {
    throw BadValue(text, "a network").WithHint("write it like `shop` or `name=shop,alias=web`");
  }
  networks_.push_back(std::move(place));
}

void RunOptions::ApplyNetworks(containers::NetworkOptions* network) const {
  if (networks_.empty()) return;
  const auto is_shared = [](const containers::NetworkPlace& place) {
    return place.network == "host" || place.network == "none" ||
           place.network.starts_with("container:");
  };
  if (networks_.size() > 1 && std::any_of(networks_.begin(), networks_.end(), is_shared)) {
    throw Error(ErrorKind::kUsage,
                "conflicting options: only networks with a bridge can be joined "
                "beside another");
  }
  const containers::NetworkPlace& first = networks_.front();
  network->mode = first.network;
  network->aliases.insert(network->aliases.end(), first.aliases.begin(), first.aliases.end());
  if (!first.address.empty()) network->address = first.address;
  if (!network->mac.empty() && is_shared(first)) {
    throw Error(ErrorKind::kUsage, "conflicting options: mac-address and the network mode")
        .WithHint("only on a network with a bridge it has an interface of its own");
  }
  network->more.assign(networks_.begin() + 1, networks_.end());
}

}  // namespace ibuild::cli
