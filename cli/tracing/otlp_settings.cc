#include "cli/tracing/otlp_settings.h"

#include <fmt/format.h>

#include <algorithm>

#include "registry/http/url.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

struct Variable {
  std::string name;
  std::string value;  // empty: not set, which for these variables is the same
};

Variable Read(const EnvironmentLookup& environment, const char* name) {
  return {name, std::string(Trim(environment(name).value_or("")))};
}

// "OTEL_EXPORTER_OTLP_TRACES_<ending>" before "OTEL_EXPORTER_OTLP_<ending>".
Variable ReadOfTraces(const EnvironmentLookup& environment, const std::string& ending) {
  const std::string special = "OTEL_EXPORTER_OTLP_TRACES_" + ending;
  Variable variable = Read(environment, special.c_str());
  if (!variable.value.empty()) return variable;
  const std::string general = "OTEL_EXPORTER_OTLP_" + ending;
  return Read(environment, general.c_str());
}

bool IsWanted(const EnvironmentLookup& environment) {
  if (EqualsIgnoringCase(Read(environment, "OTEL_SDK_DISABLED").value, "true")) return false;
  const std::string exporters = Read(environment, "OTEL_TRACES_EXPORTER").value;
  if (exporters.empty()) return true;
  const auto names = Split(exporters, ',');
  return std::any_of(names.begin(), names.end(),
                     [](std::string_view name) { return Trim(name) == "otlp"; });
}

// "key=value,key=value", both percent-encoded. Nothing when one of them is not like that.
std::optional<Pairs> ParsePairs(std::string_view text) {
  Pairs pairs;
  for (const std::string_view part : Split(text, ',')) {
    if (Trim(part).empty()) continue;
    const std::size_t equals = part.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    std::string key = DecodePercent(Trim(part.substr(0, equals)));
    std::string value = DecodePercent(Trim(part.substr(equals + 1)));
    if (key.empty()) return std::nullopt;
    pairs.emplace_back(std::move(key), std::move(value));
  }
  return pairs;
}

bool IsHeaderName(std::string_view name) {
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

bool HasControls(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

void Set(Pairs& pairs, const std::string& key, std::string value) {
  std::erase_if(pairs, [&](const auto& pair) { return pair.first == key; });
  pairs.emplace_back(key, std::move(value));
}

class Reader {
 public:
  explicit Reader(const EnvironmentLookup& environment) : environment_(environment) {}

  OtlpSettings Read() {
    ReadEndpoint();
    if (settings_.endpoint.empty() || !IsWanted(environment_)) return {};
    ReadProtocol();
    CheckEndpoint();
    ReadHeaders();
    ReadTimeout();
    ReadResource();
    return std::move(settings_);
  }

 private:
  void ReadEndpoint() {
    endpoint_ = cli::Read(environment_, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");
    settings_.endpoint = endpoint_.value;
    if (!settings_.endpoint.empty()) return;
    endpoint_ = cli::Read(environment_, "OTEL_EXPORTER_OTLP_ENDPOINT");
    if (endpoint_.value.empty()) return;
    settings_.endpoint = endpoint_.value + (endpoint_.value.ends_with('/') ? "" : "/");
    settings_.endpoint += "v1/traces";
  }

  void CheckEndpoint() {
    if (!registry::Url::TryParse(settings_.endpoint)) {
      Refuse(fmt::format("{} is no http or https address without a user", endpoint_.name));
    }
  }

  void ReadProtocol() {
    const Variable protocol = ReadOfTraces(environment_, "PROTOCOL");
    if (protocol.value.empty() || protocol.value == "http/json") return;
    Refuse(
        fmt::format("{} is {}, and only http/json is spoken here; set it to that for ibuild, "
                    "and the endpoint to the collector's port for HTTP (usually 4318)",
                    protocol.name, Quote(protocol.value)));
  }

  void ReadHeaders() {
    const Variable headers = ReadOfTraces(environment_, "HEADERS");
    const auto pairs = ParsePairs(headers.value);
    const bool fine = pairs && std::all_of(pairs->begin(), pairs->end(), [](const auto& pair) {
                        return IsHeaderName(pair.first) && !HasControls(pair.second);
                      });
    if (!fine) return Refuse(headers.name + " is no list of name=value,name=value");
    for (const auto& [name, value] : *pairs) settings_.headers.emplace_back(name, Secret(value));
  }

  void ReadTimeout() {
    constexpr std::uint64_t kLongest = 3'600'000;
    const Variable timeout = ReadOfTraces(environment_, "TIMEOUT");
    if (timeout.value.empty()) return;
    const auto milliseconds = ParseUnsigned(timeout.value);
    if (!milliseconds || *milliseconds == 0 || *milliseconds > kLongest) {
      return Refuse(fmt::format("{} is {}, not a number of milliseconds", timeout.name,
                                Quote(timeout.value)));
    }
    settings_.timeout = std::chrono::milliseconds(*milliseconds);
  }

  void ReadResource() {
    const Variable resource = cli::Read(environment_, "OTEL_RESOURCE_ATTRIBUTES");
    auto pairs = ParsePairs(resource.value);
    if (!pairs) return Refuse(resource.name + " is no list of key=value,key=value");
    settings_.resource = {{"service.name", "ibuild"}};
    for (auto& [key, value] : *pairs) Set(settings_.resource, key, std::move(value));
    std::string name = cli::Read(environment_, "OTEL_SERVICE_NAME").value;
    if (!name.empty()) Set(settings_.resource, "service.name", std::move(name));
  }

  // The first is told.
  void Refuse(std::string problem) {
    if (settings_.problem.empty()) settings_.problem = std::move(problem);
  }

  const EnvironmentLookup& environment_;
  OtlpSettings settings_;
  Variable endpoint_;
};

}  // namespace

OtlpSettings ReadOtlpSettings(const EnvironmentLookup& environment) {
  return Reader(environment).Read();
}

}  // namespace ibuild::cli
