#include "builder/sandbox/network_files.h"

#include <fmt/format.h>

#include <optional>

#include "support/text.h"

namespace ibuild::builder {
namespace {

// The address of a "nameserver ADDRESS" line.
std::optional<std::string_view> NameServer(std::string_view line) {
  constexpr std::string_view kKeyword = "nameserver";
  line = Trim(line);
  if (!line.starts_with(kKeyword)) return std::nullopt;
  const std::string_view rest = line.substr(kKeyword.size());
  if (rest.empty() || (rest.front() != ' ' && rest.front() != '\t')) return std::nullopt;
  return Trim(rest);
}

bool IsLoopback(std::string_view address) {
  return address.starts_with("127.") || address == "::1";
}

bool IsMeaningful(std::string_view line) {
  line = Trim(line);
  return !line.empty() && line.front() != '#' && line.front() != ';';
}

}  // namespace

std::string HostsFile(std::string_view hostname, const std::vector<std::string>& extra) {
  std::string text =
      fmt::format("127.0.0.1\tlocalhost {}\n::1\tlocalhost ip6-localhost ip6-loopback\n", hostname);
  for (const std::string& line : extra) text += line + "\n";
  return text;
}

std::string ResolvConf(std::string_view host_file, bool own_network) {
  std::string text;
  for (std::string_view line : Split(host_file, '\n')) {
    if (!IsMeaningful(line)) continue;
    const auto server = NameServer(line);
    if (own_network && server && IsLoopback(*server)) continue;
    text += std::string(Trim(line)) + "\n";
  }
  return text;
}

bool OnlyStubResolver(std::string_view host_file) {
  bool stub = false;
  for (std::string_view line : Split(host_file, '\n')) {
    const auto server = NameServer(line);
    if (server && *server != "127.0.0.53") return false;
    stub = stub || server.has_value();
  }
  return stub;
}

}  // namespace ibuild::builder
