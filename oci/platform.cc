#include "oci/platform.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "support/error.h"
#include "support/text.h"

namespace ibuild::oci {
namespace {

#if defined(__x86_64__)
constexpr std::string_view kHostArchitecture = "amd64";
#elif defined(__aarch64__)
constexpr std::string_view kHostArchitecture = "arm64";
#elif defined(__arm__)
constexpr std::string_view kHostArchitecture = "arm";
#elif defined(__i386__)
constexpr std::string_view kHostArchitecture = "386";
#elif defined(__riscv) && __riscv_xlen == 64
constexpr std::string_view kHostArchitecture = "riscv64";
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
constexpr std::string_view kHostArchitecture = "ppc64le";
#elif defined(__s390x__)
constexpr std::string_view kHostArchitecture = "s390x";
#else
#error "name this machine's architecture as Go does"
#endif

// Values of GOOS and GOARCH, which the image-spec adopts.
constexpr std::array<std::string_view, 12> kKnownSystems = {
    "aix",   "android", "darwin",  "dragonfly", "freebsd", "js",
    "linux", "netbsd",  "openbsd", "plan9",     "solaris", "windows"};
constexpr std::array<std::string_view, 14> kKnownArchitectures = {
    "386",      "amd64",  "arm",   "arm64",   "loong64", "mips",  "mips64",
    "mips64le", "mipsle", "ppc64", "ppc64le", "riscv64", "s390x", "wasm"};

template <std::size_t size>
bool Contains(const std::array<std::string_view, size>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

struct Spelling {
  std::string_view from;
  std::string_view architecture;
  std::string_view variant;
};
constexpr std::array kSpellings = {
    Spelling{"x86_64", "amd64", ""},  Spelling{"x86-64", "amd64", ""},
    Spelling{"aarch64", "arm64", ""}, Spelling{"i386", "386", ""},
    Spelling{"armhf", "arm", "v7"},   Spelling{"armel", "arm", "v6"},
};

void NormalizeVariant(Platform& platform) {
  std::string& variant = platform.variant;
  const std::string& architecture = platform.architecture;
  const bool arm = architecture == "arm" || architecture == "arm64";
  if (arm && !variant.empty() && variant.front() != 'v') variant.insert(0, "v");
  if (architecture == "arm" && variant.empty()) variant = "v7";
  if (architecture == "arm64" && (variant == "v8" || variant == "v8.0")) variant.clear();
  if (architecture == "amd64" && variant == "v1") variant.clear();
}

bool IsComponent(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
  });
}

Error NotAPlatform(std::string_view text) {
  return Error(ErrorKind::kInvalidInput, fmt::format("{} is not a platform", Quote(text)))
      .WithHint(
          "a platform is os/architecture[/variant], such as `linux/amd64`, `linux/arm64` "
          "or `linux/arm/v7`");
}

// One word alone may be either half; the other is the host's.
Platform FromOneWord(std::string_view text, std::string_view word) {
  Platform platform = Platform::Host();
  if (Contains(kKnownSystems, word)) {
    platform.os = word;
    return platform;
  }
  Platform named = Normalize({.architecture = std::string(word)});
  if (!Contains(kKnownArchitectures, named.architecture)) throw NotAPlatform(text);
  return named;
}

// Major and minor of "v9.2"; nothing for what is no version.
struct Level {
  std::uint64_t major = 0;
  std::uint64_t minor = 0;
  friend auto operator<=>(const Level&, const Level&) = default;
};
std::optional<Level> ParseLevel(std::string_view variant) {
  if (!variant.starts_with('v')) return std::nullopt;
  const auto parts = Split(variant.substr(1), '.');
  const auto major = ParseUnsigned(parts[0]);
  const auto minor = parts.size() > 1 ? ParseUnsigned(parts[1]) : std::optional<std::uint64_t>(0);
  if (!major || !minor || parts.size() > 2 || *major > 99 || *minor > 99) return std::nullopt;
  return Level{*major, *minor};
}

// What a missing variant stands for after Normalize.
std::string_view BaseVariant(std::string_view architecture) {
  if (architecture == "amd64") return "v1";
  if (architecture == "arm64") return "v8";
  return {};
}

std::optional<int> VariantRank(const Platform& wanted, const Platform& candidate) {
  if (wanted.variant == candidate.variant) return 0;
  const auto level = [](const Platform& platform) {
    return ParseLevel(platform.variant.empty() ? BaseVariant(platform.architecture)
                                               : std::string_view(platform.variant));
  };
  const auto have = level(candidate);
  const auto want = level(wanted);
  if (!have || !want || *have > *want) return std::nullopt;
  return static_cast<int>((want->major - have->major) * 100 + want->minor) -
         static_cast<int>(have->minor);
}

// Windows images run only on the build that they were made for; others have no such notion.
bool SameSystemBuild(const Platform& wanted, const Platform& candidate) {
  if (wanted.os != "windows" || wanted.os_version.empty() || candidate.os_version.empty()) {
    return true;
  }
  auto a = Split(wanted.os_version, '.');
  auto b = Split(candidate.os_version, '.');
  a.resize(3);
  b.resize(3);
  return a == b;
}

bool OffersFeatures(const Platform& wanted, const Platform& candidate) {
  const auto& offered = wanted.os_features;
  return std::all_of(candidate.os_features.begin(), candidate.os_features.end(),
                     [&](const std::string& feature) {
                       return std::find(offered.begin(), offered.end(), feature) != offered.end();
                     });
}

}  // namespace

Platform Platform::Parse(std::string_view text) {
  if (text == "local") return Host();
  const auto parts = Split(text, '/');
  if (parts.size() > 3 || !std::all_of(parts.begin(), parts.end(), IsComponent)) {
    throw NotAPlatform(text);
  }
  if (parts.size() == 1) return FromOneWord(text, ToLower(parts[0]));
  Platform platform;
  platform.os = parts[0];
  platform.architecture = parts[1];
  if (parts.size() == 3) platform.variant = parts[2];
  return Normalize(std::move(platform));
}

Platform Platform::Host() {
  Platform platform;
  platform.architecture = kHostArchitecture;
  return Normalize(std::move(platform));
}

std::string Platform::ToString() const {
  std::string text = os + "/" + architecture;
  if (!variant.empty()) text += "/" + variant;
  return text;
}

Platform Normalize(Platform platform) {
  platform.os = ToLower(platform.os);
  platform.architecture = ToLower(platform.architecture);
  platform.variant = ToLower(platform.variant);
  if (platform.os == "macos") platform.os = "darwin";
  for (const Spelling& spelling : kSpellings) {
    if (platform.architecture != spelling.from) continue;
    platform.architecture = spelling.architecture;
    if (!spelling.variant.empty()) platform.variant = spelling.variant;
    break;
  }
  NormalizeVariant(platform);
  return platform;
}

std::optional<int> MatchRank(const Platform& wanted, const Platform& candidate) {
  const Platform want = Normalize(wanted);
  const Platform have = Normalize(candidate);
  if (want.os != have.os || want.architecture != have.architecture) return std::nullopt;
  if (!SameSystemBuild(want, have) || !OffersFeatures(want, have)) return std::nullopt;
  return VariantRank(want, have);
}

}  // namespace ibuild::oci
