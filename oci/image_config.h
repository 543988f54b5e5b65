// The image configuration (image-spec config.md, with Docker's Healthcheck, Shell, OnBuild and
// ArgsEscaped).
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "oci/layer_id.h"
#include "oci/platform.h"

namespace ibuild::oci {

struct Healthcheck {
  std::vector<std::string> test = {};  // {"NONE"}, {"CMD", …} or {"CMD-SHELL", text}
  // Nanoseconds; 0: not set.
  std::chrono::nanoseconds interval{0};
  std::chrono::nanoseconds timeout{0};
  std::chrono::nanoseconds start_period{0};
  std::chrono::nanoseconds start_interval{0};
  int retries = 0;

  friend bool operator==(const Healthcheck&, const Healthcheck&) = default;
};

// The `config` object: how a container is started. Empty members are left out of the JSON.
struct RuntimeConfig {
  std::string user;
  std::set<std::string> exposed_ports;  // "80/tcp"
  std::vector<std::string> env;         // "NAME=value", in order
  std::vector<std::string> entrypoint;
  std::vector<std::string> cmd;
  std::set<std::string> volumes;
  std::string working_dir;
  std::map<std::string, std::string> labels;
  std::string stop_signal;
  bool args_escaped = false;
  std::optional<Healthcheck> healthcheck;
  std::vector<std::string> on_build;
  std::vector<std::string> shell;

  friend bool operator==(const RuntimeConfig&, const RuntimeConfig&) = default;
};

struct HistoryEntry {
  std::string created = {};  // RFC 3339, empty: not there
  std::string created_by = {};
  std::string author = {};
  std::string comment = {};
  bool empty_layer = false;

  friend bool operator==(const HistoryEntry&, const HistoryEntry&) = default;
};

struct ImageConfig {
  std::string created = {};  // RFC 3339
  std::string author = {};
  Platform platform;
  RuntimeConfig config;
  std::vector<DiffId> diff_ids;
  std::vector<HistoryEntry> history;

  friend bool operator==(const ImageConfig&, const ImageConfig&) = default;
};

// Tolerates what images in the world have: null `config`, missing `rootfs`, missing `history`.
// Throws kInvalidInput naming the member.
ImageConfig ParseImageConfig(std::string_view text, std::string_view what);
// Compact JSON with keys sorted at the top level and Go's escapes: the bytes that BuildKit writes.
std::string Serialize(const ImageConfig& config);

// The value of an environment variable in config.env; nothing when it is not set.
std::optional<std::string_view> FindEnv(const std::vector<std::string>& env, std::string_view name);
// Replaces in place, keeping the position, or appends.
void SetEnv(std::vector<std::string>& env, std::string_view name, std::string_view value);

}  // namespace ibuild::oci
