#include "cli/settings.h"

#include <fmt/format.h>
#include <unistd.h>

#include "cli/store_place.h"
#include "support/environment.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

namespace fs = std::filesystem;

std::optional<std::int64_t> ReadSourceDateEpoch() {
  const auto text = GetEnvironment("SOURCE_DATE_EPOCH");
  if (!text || text->empty()) return std::nullopt;
  const auto seconds = ParseUnsigned(*text);
  // 9999-12-31T23:59:59Z is the last instant that RFC 3339 can write.
  if (!seconds || *seconds > 253402300799) {
    throw Error(ErrorKind::kUsage,
                fmt::format("SOURCE_DATE_EPOCH is {}, not a number of seconds", Quote(*text)));
  }
  return static_cast<std::int64_t>(*seconds);
}

std::optional<std::uint64_t> ReadSourceLimit() {
  const auto text = GetEnvironment("IBUILD_SOURCE_LIMIT");
  if (!text || text->empty()) return std::nullopt;
  if (const auto bytes = ParseByteSize(*text)) return bytes;
  throw Error(ErrorKind::kUsage,
              fmt::format("IBUILD_SOURCE_LIMIT is {}, not a number of bytes", Quote(*text)))
      .WithHint("write it like 500m or 20g");
}

}  // namespace

void CheckIsolation(const std::string& way) {
  if (way == "auto" || way == "namespaces" || way == "chroot") return;
  throw Error(ErrorKind::kUsage, fmt::format("{} is no isolation", Quote(way)))
      .WithHint("auto, namespaces or chroot");
}

Settings ReadSettings() {
  Settings settings;
  settings.home = DirectoryFrom("HOME").value_or("/");
  settings.root = DefaultStore(settings.home);
  if (const auto way = GetEnvironment("IBUILD_ISOLATION"); way && !way->empty()) {
    CheckIsolation(*way);
    settings.isolation = *way;
  }
  settings.source_date_epoch = ReadSourceDateEpoch();
  settings.source_limit = ReadSourceLimit();
  settings.cache_from = GetEnvironment("IBUILD_CACHE_FROM").value_or("");
  settings.cache_to = GetEnvironment("IBUILD_CACHE_TO").value_or("");
  settings.default_platform = GetEnvironment("DOCKER_DEFAULT_PLATFORM");
  if (settings.default_platform && settings.default_platform->empty()) {
    settings.default_platform.reset();
  }
  if (const auto progress = GetEnvironment("BUILDKIT_PROGRESS")) settings.progress = *progress;
  settings.live_terminal =
      ::isatty(STDERR_FILENO) == 1 && GetEnvironment("TERM").value_or("dumb") != "dumb";
  // no-color.org: any value but the empty one.
  settings.color = settings.live_terminal && GetEnvironment("NO_COLOR").value_or("").empty();
  return settings;
}

}  // namespace ibuild::cli
