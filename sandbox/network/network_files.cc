#include "sandbox/network/network_files.h"

#include <fmt/format.h>

#include "support/text.h"

namespace ibuild::builder {
namespace {

bool IsNameServer(std::string_view line) {
  constexpr std::string_view kKeyword = "nameserver";
  line = Trim(line);
  return line.starts_with(kKeyword) && line.size() > kKeyword.size() &&
         (line[kKeyword.size()] == ' ' || line[kKeyword.size()] == '\t');
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

std::string ResolvConf(std::string_view host_file) {
  std::string text;
  for (std::string_view line : Split(host_file, '\n')) {
    if (IsMeaningful(line)) text += std::string(Trim(line)) + "\n";
  }
  return text;
}

std::string ResolvConfFor(std::string_view name_server, std::string_view host_file) {
  std::string text = fmt::format("nameserver {}\n", name_server);
  for (std::string_view line : Split(host_file, '\n')) {
    if (IsMeaningful(line) && !IsNameServer(line)) text += std::string(Trim(line)) + "\n";
  }
  return text;
}

}  // namespace ibuild::builder
