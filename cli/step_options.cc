#include "cli/step_options.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdlib>

#include "cli/bad_value.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

std::uint64_t ParseMemory(const std::string& text) {
  constexpr std::uint64_t kLeast = 1u << 20;  // no process starts in less
  const auto bytes = ParseByteSize(text);
  if (!bytes) throw BadValue(text, "a size").WithHint("write it like `512m` or `2g`");
  if (*bytes < kLeast) throw BadValue(text, "a memory limit of 1m or more");
  return *bytes;
}

double ParseCpus(const std::string& text) {
  char* end = nullptr;
  const double cpus = std::strtod(text.c_str(), &end);
  const bool plain = text.find_first_not_of("0123456789.") == std::string::npos;
  if (text.empty() || !plain || *end != '\0' || !(cpus >= 0.01) || cpus > 100000) {
    throw BadValue(text, "a number of CPUs").WithHint("write it like `2` or `1.5`");
  }
  return cpus;
}

std::uint64_t ParsePids(const std::string& text) {
  const auto number = ParseUnsigned(text);
  if (!number || *number == 0) throw BadValue(text, "a number of processes");
  return *number;
}

// "name:ip" or "name=ip"; an IPv6 address may stand in brackets.
std::string ParseExtraHost(const std::string& text) {
  const std::size_t equals = text.find('=');
  const std::size_t separator = equals != std::string::npos ? equals : text.find(':');
  if (separator == std::string::npos || separator == 0 || separator + 1 == text.size()) {
    throw BadValue(text, "a host and its address").WithHint("write it like `name:192.0.2.1`");
  }
  std::string address = text.substr(separator + 1);
  if (address.starts_with('[') && address.ends_with(']')) {
    address = address.substr(1, address.size() - 2);
  }
  if (text.find_first_of(" \t\r\n") != std::string::npos) throw BadValue(text, "one host");
  return fmt::format("{}\t{}", address, text.substr(0, separator));
}

}  // namespace

void DeclareLimits(OptionSet& options, builder::ResourceLimits& limits) {
  options.Custom("-m,--memory", "SIZE", "At most this much memory (512m, 2g)",
                 [&limits](const std::string& text) { limits.memory_bytes = ParseMemory(text); });
  options.Custom("--cpus", "N", "At most this many CPUs (1.5)",
                 [&limits](const std::string& text) { limits.cpus = ParseCpus(text); });
  options.Custom("--pids-limit", "N", "At most this many processes",
                 [&limits](const std::string& text) { limits.pids = ParsePids(text); });
}

void DeclareHostOptions(OptionSet& options, HostOptions& target) {
  options.Custom(
      "--add-host", "NAME:IP", "A line for /etc/hosts; repeat",
      [&target](const std::string& text) { target.extra_hosts.push_back(ParseExtraHost(text)); });
  options.Custom("--shm-size", "SIZE", "Size of /dev/shm",
                 [&target](const std::string& text) { target.shm_size = ParseMemory(text); });
  options.Each("--ulimit", "NAME=SOFT[:HARD]", "A limit as of setrlimit(2); repeat",
               target.ulimits);
}

std::chrono::seconds ParseStopTimeout(const std::string& text) {
  constexpr std::uint64_t kLongest = 86'400;
  const auto seconds = ParseUnsigned(text);
  if (!seconds || *seconds > kLongest) throw BadValue(text, "a number of seconds");
  return std::chrono::seconds(*seconds);
}

builder::NetworkMode ParseNetwork(const std::string& text) {
  if (text == "default" || text == "bridge") return builder::NetworkMode::kDefault;
  if (text == "none") return builder::NetworkMode::kNone;
  if (text == "host") return builder::NetworkMode::kHost;
  // podman's and buildah's names for a network of one's own.
  for (const char* const own : {"private", "pasta", "slirp4netns"}) {
    if (text.starts_with(own)) return builder::NetworkMode::kDefault;
  }
  throw BadValue(text, "one of default, none, host");
}

}  // namespace ibuild::cli
