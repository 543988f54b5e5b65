#include "containers/engine/link_variables.h"

#include <fmt/format.h>

#include <algorithm>

#include "containers/model/ports.h"
#include "support/text.h"

namespace ibuild::containers {
namespace {

void AppendPorts(const std::string& prefix, const std::string& address,
                 std::vector<PortBinding> ports, std::vector<std::string>* variables) {
  std::sort(ports.begin(), ports.end(), [](const PortBinding& a, const PortBinding& b) {
    return a.container_port < b.container_port;
  });
  for (std::size_t i = 0; i < ports.size(); ++i) {
    const std::string& protocol = ports[i].protocol;
    const std::string place = fmt::format("{}://{}:{}", protocol, address, ports[i].container_port);
    const std::string name =
        fmt::format("{}_PORT_{}_{}", prefix, ports[i].container_port, ToUpper(protocol));
    if (i == 0) variables->push_back(fmt::format("{}_PORT={}", prefix, place));
    variables->push_back(fmt::format("{}={}", name, place));
    variables->push_back(fmt::format("{}_ADDR={}", name, address));
    variables->push_back(fmt::format("{}_PORT={}", name, ports[i].container_port));
    variables->push_back(fmt::format("{}_PROTO={}", name, protocol));
  }
}

}  // namespace

std::vector<std::string> LinkVariables(const std::string& self, const std::string& alias,
                                       const Container& other) {
  std::string prefix = ToUpper(alias);
  std::replace(prefix.begin(), prefix.end(), '-', '_');
  std::vector<std::string> variables;
  std::vector<PortBinding> ports;
  for (const std::string& name : other.config.process.exposed_ports) {
    ports.push_back(ParseExposed(name));
  }
  if (!other.state.endpoints.empty()) {
    AppendPorts(prefix, other.state.endpoints.front().address, ports, &variables);
  }
  variables.push_back(fmt::format("{}_NAME=/{}/{}", prefix, self, alias));
  for (const std::string& entry : other.config.process.env) {
    if (entry.starts_with("PATH=") || entry.starts_with("HOME=")) continue;
    variables.push_back(fmt::format("{}_ENV_{}", prefix, entry));
  }
  return variables;
}

}  // namespace ibuild::containers
