#include "containers/network/network_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "containers/model/names.h"
#include "containers/network/subnet.h"
#include "layers/store/store_session.h"
#include "support/clock.h"
#include "support/error.h"
#include "support/files.h"
#include "support/json.h"
#include "support/sha256.h"
#include "support/text.h"

namespace ibuild::containers {
namespace {

namespace fs = std::filesystem;

NetworkConfig BuiltIn(const std::string& name, const std::string& driver, std::string id) {
  NetworkConfig config;
  config.name = name;
  config.driver = driver;
  config.id = std::move(id);
  return config;
}

// They have ids like all others; the same in every store.
std::vector<NetworkConfig> BuiltIns() {
  return {
      BuiltIn("bridge", "bridge",
              "b71d6e0000000000000000000000000000000000000000000000000000000001"),
      BuiltIn("host", "host", "405700000000000000000000000000000000000000000000000000000000002a"),
      BuiltIn("none", "null", "204e00000000000000000000000000000000000000000000000000000000003b")};
}

std::string Write(const NetworkConfig& config) {
  Json labels = Json::object();
  for (const auto& [name, value] : config.labels) labels[name] = value;
  return DumpJson(Json{{"name", config.name},
                       {"id", config.id},
                       {"driver", config.driver},
                       {"created", config.created},
                       {"subnet", config.subnet},
                       {"internal", config.internal},
                       {"labels", labels}});
}

NetworkConfig Parse(const std::string& text, const std::string& document) {
  const Json value = ParseJson(text, document);
  const JsonReader json(value, document);
  NetworkConfig config;
  config.name = json.String("name");
  config.id = json.String("id");
  config.driver = json.String("driver");
  config.created = json.At("created").AsInt();
  config.subnet = json.String("subnet");
  config.internal = json.At("internal").AsBool();
  json.At("labels").ForEachMember([&](const std::string& name, const JsonReader& label) {
    config.labels[name] = label.AsString();
  });
  return config;
}

}  // namespace

std::optional<NetworkConfig> NetworkStore::Read(const std::string& name) const {
  const fs::path file = layout_.networks() / name / "config.json";
  const auto text = ReadFileIfExists(file);
  return text ? std::optional(Parse(*text, file.native())) : std::nullopt;
}

std::vector<NetworkConfig> NetworkStore::List() const {
  std::vector<NetworkConfig> networks = BuiltIns();
  std::error_code absent;
  for (const auto& entry : fs::directory_iterator(layout_.networks(), absent)) {
    if (auto config = Read(entry.path().filename().native())) networks.push_back(*config);
  }
  std::sort(networks.begin(), networks.end(),
            [](const NetworkConfig& a, const NetworkConfig& b) { return a.name < b.name; });
  return networks;
}

NetworkConfig NetworkStore::Find(std::string_view text) const {
  const std::vector<NetworkConfig> networks = List();
  for (const NetworkConfig& network : networks) {
    if (network.name == text || (text == "default" && network.name == "bridge")) return network;
  }
  std::optional<NetworkConfig> found;
  for (const NetworkConfig& network : networks) {
    if (!MayBeId(text) || !network.id.starts_with(text)) continue;
    if (found) {
      throw Error(ErrorKind::kInvalidInput,
                  fmt::format("multiple networks found with id prefix {}", text));
    }
    found = network;
  }
  if (found) return *found;
  throw Error(ErrorKind::kNotFound, fmt::format("network {} not found", PrintableText(text)))
      .WithHint(fmt::format("`ibuild network create {}` makes it; `ibuild network ls` lists them",
                            PrintableText(text)));
}

NetworkConfig NetworkStore::Create(NetworkConfig config) const {
  config.name = CheckName(config.name, "network");
  if (!config.subnet.empty()) config.subnet = FormatSubnet(ParseSubnet(config.subnet));
  for (const NetworkConfig& other : List()) {
    if (other.name == config.name) {
      throw Error(ErrorKind::kAlreadyExists,
                  fmt::format("network with name {} already exists", config.name));
    }
    if (!config.subnet.empty() && !other.subnet.empty() &&
        ParseSubnet(config.subnet).Overlaps(ParseSubnet(other.subnet))) {
      throw Error(ErrorKind::kInvalidInput,
                  fmt::format("the subnet overlaps with that of network {}", other.name));
    }
  }
  config.id = RandomHex(32);
  const UnixTime now = Now();
  config.created = now.seconds * 1'000'000'000 + now.nanoseconds;
  WriteFileAtomically(Directory(config.name) / "config.json", Write(config), 0600);
  return config;
}

void NetworkStore::Remove(const NetworkConfig& config) const {
  if (config.IsBuiltIn()) {
    throw Error(ErrorKind::kInvalidInput,
                fmt::format("{} is a pre-defined network and cannot be removed", config.name));
  }
  layers::MoveToTrash(layout_, layout_.networks() / config.name);
}

fs::path NetworkStore::Directory(const std::string& name) const {
  fs::path directory = layout_.networks() / name;
  MakeDirectories(directory, 0700);
  return directory;
}

}  // namespace ibuild::containers
