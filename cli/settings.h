// What a run needs to know about its surroundings, read once: environment and defaults. Options on
// the command line are laid over it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "cli/tools/tool_kind.h"

namespace ibuild::cli {

struct Settings {
  ToolKind tool = ToolKind::kIbuild;  // whose shapes of output are meant
  // The store: --root, else what store_place.h says.
  std::filesystem::path root;
  std::filesystem::path home;
  std::filesystem::path docker_config;  // --config: the directory of config.json; empty: as usual
  std::string isolation = "auto";       // IBUILD_ISOLATION: auto, namespaces or chroot
  bool debug = false;
  std::filesystem::path trace;  // where --trace writes; empty: nowhere
  std::string trace_id;         // of the trace that a collector gets (cli/tracing); empty: none
  bool verify_tls = true;       // of registries, unless a command says otherwise
  bool color = false;           // of standard error
  bool live_terminal = false;   // standard error can redraw lines
  std::string progress = "auto";
  std::optional<std::int64_t> source_date_epoch;
  std::optional<std::uint64_t> source_limit;    // IBUILD_SOURCE_LIMIT, bytes
  std::string cache_from;                       // IBUILD_CACHE_FROM
  std::string cache_to;                         // IBUILD_CACHE_TO
  std::optional<std::string> default_platform;  // DOCKER_DEFAULT_PLATFORM
};

// Throws kUsage for a word that names none.
void CheckIsolation(const std::string& way);

// Throws kUsage for a variable that makes no sense (SOURCE_DATE_EPOCH=tomorrow).
Settings ReadSettings();

}  // namespace ibuild::cli
