#include "containers/model/ports.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "support/error.h"
#include "support/text.h"

namespace ibuild::containers {
namespace {

constexpr const char* kGrammar =
    "write it like `8080:80`, `127.0.0.1:8080:80`, `80` or `5353:53/udp`";

Error BadPort(std::string_view text) {
  return Error(ErrorKind::kUsage, fmt::format("{} is no port", Quote(text))).WithHint(kGrammar);
}

struct Range {
  std::uint16_t first = 0;
  std::uint16_t last = 0;
};

std::uint16_t ParsePort(std::string_view text, std::string_view all, bool zero) {
  const auto number = ParseUnsigned(text);
  if (!number || *number > 65535 || (*number == 0 && !zero)) throw BadPort(all);
  return static_cast<std::uint16_t>(*number);
}

Range ParseRange(std::string_view text, std::string_view all, bool zero) {
  const std::size_t dash = text.find('-');
  const std::uint16_t first = ParsePort(text.substr(0, dash), all, zero);
  if (dash == std::string_view::npos) return {first, first};
  const std::uint16_t last = ParsePort(text.substr(dash + 1), all, zero);
  if (last < first) throw BadPort(all);
  return {first, last};
}

// The protocol at the end of `text`, which is cut off.
std::string TakeProtocol(std::string_view* text, std::string_view all) {
  const std::size_t slash = text->rfind('/');
  if (slash == std::string_view::npos) return "tcp";
  std::string protocol = ToLower(text->substr(slash + 1));
  if (protocol != "tcp" && protocol != "udp") throw BadPort(all);
  *text = text->substr(0, slash);
  return protocol;
}

// "[::1]:80:80" or "127.0.0.1:80:80": the address, cut off.
std::string TakeAddress(std::string_view* text, std::string_view all) {
  if (text->starts_with('[')) {
    const std::size_t end = text->find("]:");
    if (end == std::string_view::npos) throw BadPort(all);
    std::string address(text->substr(1, end - 1));
    *text = text->substr(end + 2);
    return address;
  }
  if (std::count(text->begin(), text->end(), ':') < 2) return {};
  const std::size_t colon = text->find(':');
  std::string address(text->substr(0, colon));
  *text = text->substr(colon + 1);
  return address;
}

}  // namespace

std::vector<PortBinding> ParsePublish(std::string_view text) {
  std::string_view rest = text;
  PortBinding model;
  model.protocol = TakeProtocol(&rest, text);
  model.host_address = TakeAddress(&rest, text);
  const std::size_t colon = rest.find(':');
  const Range inner =
      ParseRange(colon == std::string_view::npos ? rest : rest.substr(colon + 1), text, false);
  std::optional<Range> outer;
  if (colon != std::string_view::npos && colon != 0) {
    outer = ParseRange(rest.substr(0, colon), text, true);
    if (outer->last - outer->first != inner.last - inner.first) throw BadPort(text);
  }
  std::vector<PortBinding> bindings;
  for (int i = 0; i <= inner.last - inner.first; ++i) {
    model.container_port = static_cast<std::uint16_t>(inner.first + i);
    model.host_port = static_cast<std::uint16_t>(outer ? outer->first + i : 0);
    bindings.push_back(model);
  }
  return bindings;
}

PortBinding ParseExposed(std::string_view text) {
  std::string_view rest = text;
  PortBinding port;
  port.protocol = TakeProtocol(&rest, text);
  port.container_port = ParsePort(rest, text, false);
  return port;
}

std::string ExposedName(const PortBinding& port) {
  return fmt::format("{}/{}", port.container_port, port.protocol);
}

std::string HostPlace(const PortBinding& port) {
  const bool six = port.host_address.find(':') != std::string::npos;
  const std::string address = port.host_address.empty() ? "0.0.0.0" : port.host_address;
  return fmt::format("{}:{}", six ? "[" + address + "]" : address, port.host_port);
}

std::string DescribePorts(const std::vector<PortBinding>& published,
                          const std::vector<std::string>& exposed) {
  std::vector<std::string> parts;
  for (const PortBinding& port : published) {
    parts.push_back(fmt::format("{}->{}", HostPlace(port), ExposedName(port)));
  }
  for (const std::string& name : exposed) {
    const bool shown =
        std::any_of(published.begin(), published.end(),
                    [&](const PortBinding& port) { return ExposedName(port) == name; });
    if (!shown) parts.push_back(name);
  }
  return Join(parts, ", ");
}

}  // namespace ibuild::containers
