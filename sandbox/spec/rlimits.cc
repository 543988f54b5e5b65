#include "sandbox/spec/rlimits.h"

#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <optional>

#include "support/error.h"
#include "support/suggest.h"
#include "support/text.h"

namespace ibuild::builder {
namespace {

struct Resource {
  std::string_view name;
  __rlimit_resource number;
};

constexpr std::array kResources = {
    Resource{"core", RLIMIT_CORE},         Resource{"cpu", RLIMIT_CPU},
    Resource{"data", RLIMIT_DATA},         Resource{"fsize", RLIMIT_FSIZE},
    Resource{"locks", RLIMIT_LOCKS},       Resource{"memlock", RLIMIT_MEMLOCK},
    Resource{"msgqueue", RLIMIT_MSGQUEUE}, Resource{"nice", RLIMIT_NICE},
    Resource{"nofile", RLIMIT_NOFILE},     Resource{"nproc", RLIMIT_NPROC},
    Resource{"rss", RLIMIT_RSS},           Resource{"rtprio", RLIMIT_RTPRIO},
    Resource{"rttime", RLIMIT_RTTIME},     Resource{"sigpending", RLIMIT_SIGPENDING},
    Resource{"stack", RLIMIT_STACK},
};

constexpr std::uint64_t kSoftDescriptors = 1024;
constexpr std::uint64_t kHardDescriptors = 524288;
constexpr std::uint64_t kSoftStack = 8U << 20;
constexpr std::uint64_t kLockedMemory = 8U << 20;

constexpr std::array kUnlimited = {RLIMIT_AS,  RLIMIT_CPU,   RLIMIT_DATA, RLIMIT_FSIZE,
                                   RLIMIT_RSS, RLIMIT_LOCKS, RLIMIT_NPROC};

std::optional<std::uint64_t> ParseLimit(std::string_view text) {
  if (text == "-1" || text == "unlimited") return RLIM_INFINITY;
  return ParseUnsigned(text);
}

[[noreturn]] void RefuseUlimit(std::string_view text, std::string hint) {
  throw Error(ErrorKind::kInvalidInput, "invalid ulimit " + Quote(text)).WithHint(std::move(hint));
}

std::uint32_t ResourceNumber(std::string_view name, std::string_view text) {
  std::vector<std::string> names;
  for (const Resource& resource : kResources) {
    if (resource.name == name) return static_cast<std::uint32_t>(resource.number);
    names.emplace_back(resource.name);
  }
  RefuseUlimit(text, "known names are " + Join(names, ", "));
}

// Raising a hard limit takes CAP_SYS_RESOURCE, which many machines do not give even to root.
void Clamp(wire::Rlimit* limit) {
  rlimit ours{};
  if (getrlimit(static_cast<__rlimit_resource>(limit->resource), &ours) != 0) return;
  limit->hard = std::min<std::uint64_t>(limit->hard, ours.rlim_max);
  limit->soft = std::min(limit->soft, limit->hard);
}

}  // namespace

wire::Rlimit ParseUlimit(std::string_view text) {
  constexpr const char* kForm = "write name=soft or name=soft:hard, as in nofile=1024:4096";
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) RefuseUlimit(text, kForm);
  const std::string_view values = text.substr(equals + 1);
  const std::size_t colon = values.find(':');
  const auto soft = ParseLimit(values.substr(0, colon));
  const auto hard = colon == std::string_view::npos ? soft : ParseLimit(values.substr(colon + 1));
  if (!soft || !hard) RefuseUlimit(text, kForm);
  if (*soft > *hard) RefuseUlimit(text, "the soft limit must not be above the hard limit");
  return {.resource = ResourceNumber(text.substr(0, equals), text),
          .unused = 0,
          .soft = *soft,
          .hard = *hard};
}

std::vector<wire::Rlimit> PlanRlimits(const std::vector<std::string>& ulimits) {
  std::vector<wire::Rlimit> limits = {
      {RLIMIT_CORE, 0, 0, RLIM_INFINITY},
      {RLIMIT_NOFILE, 0, kSoftDescriptors, kHardDescriptors},
      {RLIMIT_STACK, 0, kSoftStack, RLIM_INFINITY},
      {RLIMIT_MEMLOCK, 0, kLockedMemory, kLockedMemory},
  };
  for (const __rlimit_resource resource : kUnlimited) {
    limits.push_back({static_cast<std::uint32_t>(resource), 0, RLIM_INFINITY, RLIM_INFINITY});
  }
  for (const std::string& text : ulimits) {
    const wire::Rlimit limit = ParseUlimit(text);
    std::erase_if(limits, [&](const wire::Rlimit& l) { return l.resource == limit.resource; });
    limits.push_back(limit);
  }
  std::for_each(limits.begin(), limits.end(), [](wire::Rlimit& limit) { Clamp(&limit); });
  return limits;
}

}  // namespace ibuild::builder
