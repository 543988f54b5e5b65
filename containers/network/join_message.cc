#include "containers/network/join_message.h"

#include <fmt/format.h>

#include <algorithm>

#include "containers/network/name_table.h"
#include "support/json.h"
#include "support/text.h"

namespace ibuild::containers {
namespace {

Json ToJson(const Endpoint& endpoint) {
  return {{"network", endpoint.network}, {"address", endpoint.address},
          {"prefix", endpoint.prefix},   {"gateway", endpoint.gateway},
          {"mac", endpoint.mac},         {"aliases", endpoint.aliases}};
}

Endpoint ReadEndpoint(const JsonReader& json) {
  Endpoint endpoint;
  endpoint.network = json.String("network");
  endpoint.address = json.String("address");
  endpoint.prefix = json.At("prefix").AsInt();
  endpoint.gateway = json.String("gateway");
  endpoint.mac = json.String("mac");
  endpoint.aliases = json.StringsIf("aliases");
  return endpoint;
}

// The names that `links` gives to this container.
std::vector<std::string> LinkedNames(const JoinRequest& other,
                                     const std::vector<std::string>& links) {
  std::vector<std::string> names;
  for (const std::string& link : links) {
    const std::size_t colon = link.rfind(':');
    const std::string target = link.substr(0, colon);
    if (target != other.id && target != other.name) continue;
    names.push_back(colon == std::string::npos ? target : link.substr(colon + 1));
    for (const std::string& name : {other.name, other.id.substr(0, 12)}) names.push_back(name);
  }
  return names;
}

std::vector<std::string> Distinct(std::vector<std::string> names) {
  std::vector<std::string> distinct;
  for (std::string& name : names) {
    if (std::find(distinct.begin(), distinct.end(), name) == distinct.end()) {
      distinct.push_back(std::move(name));
    }
  }
  return distinct;
}

}  // namespace

std::vector<std::string> OwnNames(const JoinRequest& request) {
  std::vector<std::string> names = {request.name};
  names.insert(names.end(), request.aliases.begin(), request.aliases.end());
  names.push_back(request.id.substr(0, 12));
  names.push_back(request.hostname.substr(request.hostname.rfind(' ') + 1));
  return Distinct(std::move(names));
}

namespace {

std::vector<std::string> NamesOf(const JoinRequest& self, const JoinRequest& other) {
  std::vector<std::string> names = LinkedNames(other, self.links);
  if (self.see_all) {
    for (std::string& name : OwnNames(other)) names.push_back(std::move(name));
  }
  return Distinct(std::move(names));
}

std::string NamesForItself(const JoinRequest& self) {
  if (!self.see_all) return self.hostname;
  std::vector<std::string> names;
  for (const std::string_view name : Split(self.hostname, ' ')) names.emplace_back(name);
  for (std::string& name : OwnNames(self)) names.push_back(std::move(name));
  return Join(Distinct(std::move(names)), " ");
}

}  // namespace

std::string Serialize(const JoinRequest& request) {
  const Json json = {{"id", request.id},
                     {"name", request.name},
                     {"hostname", request.hostname},
                     {"aliases", request.aliases},
                     {"links", request.links},
                     {"address", request.address},
                     {"mac", request.mac},
                     {"interface", request.interface},
                     {"seeAll", request.see_all},
                     {"defaultRoute", request.default_route}};
  return DumpJson(json);
}

std::string Serialize(const JoinAnswer& answer) {
  const Json json = {{"error", answer.error},
                     {"hint", answer.hint},
                     {"endpoint", ToJson(answer.endpoint)},
                     {"nameServer", answer.name_server}};
  return DumpJson(json);
}

JoinRequest ParseJoinRequest(std::string_view text) {
  const Json document = ParseJson(text, "request to join a network");
  const JsonReader json(document, "request to join a network");
  JoinRequest request;
  request.id = json.String("id");
  request.name = json.String("name");
  request.hostname = json.String("hostname");
  request.aliases = json.StringsIf("aliases");
  request.links = json.StringsIf("links");
  request.address = json.String("address");
  request.mac = json.StringIf("mac").value_or("");
  request.interface = json.String("interface");
  request.see_all = json.At("seeAll").AsBool();
  request.default_route = json.At("defaultRoute").AsBool();
  return request;
}

JoinAnswer ParseJoinAnswer(std::string_view text) {
  const Json document = ParseJson(text, "answer of a network");
  const JsonReader json(document, "answer of a network");
  return {.error = json.String("error"),
          .hint = json.String("hint"),
          .endpoint = ReadEndpoint(json.At("endpoint")),
          .name_server = json.String("nameServer")};
}

std::string HostsFor(const Member& self, const std::vector<const Member*>& others) {
  std::string text = fmt::format("{}\t{}\n", self.endpoint.address, NamesForItself(self.request));
  for (const Member* other : others) {
    const std::vector<std::string> names = NamesOf(self.request, other->request);
    if (!names.empty()) text += fmt::format("{}\t{}\n", other->endpoint.address, Join(names, " "));
  }
  return text;
}

std::string WithSection(std::string_view hosts, std::string_view network, std::string_view lines) {
  std::string text;
  bool ours = false;
  for (std::string_view line : Split(hosts, '\n')) {
    if (line.starts_with(kNetworkMark)) ours = line.substr(kNetworkMark.size()) == network;
    if (!ours && !line.empty()) text += fmt::format("{}\n", line);
  }
  if (!lines.empty()) text += fmt::format("{}{}\n{}", kNetworkMark, network, lines);
  return text;
}

}  // namespace ibuild::containers
