#include "cli/template/value.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "support/error.h"
#include "support/json.h"
#include "support/text.h"

namespace ibuild::cli::go_template {
namespace {

constexpr int kDeepest = 128;

bool IsCapital(char c) { return c >= 'A' && c <= 'Z'; }
char Lower(char c) { return IsCapital(c) ? static_cast<char>(c - 'A' + 'a') : c; }

bool EqualInOtherCase(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return Lower(x) == Lower(y); });
}

// Documents do not say whether an object was a struct or a map in Go.
bool IsStruct(const OrderedJson& object) {
  if (object.empty()) return false;
  return std::all_of(object.items().begin(), object.items().end(), [](const auto& item) {
    return !item.key().empty() && IsCapital(item.key().front());
  });
}

std::string_view TypeName(const OrderedJson& json) {
  if (json.is_null()) return "nil";
  if (json.is_boolean()) return "bool";
  if (json.is_number()) return "int";
  if (json.is_string()) return "string";
  return json.is_array() ? "[]" : "map";
}

// An empty list or map of Go's is null in JSON, and prints as what it is.
std::string_view NilText(std::string_view field) {
  static constexpr std::array kMaps = {"Labels", "Volumes", "ExposedPorts", "Annotations"};
  static constexpr std::array kLists = {"Env",   "Cmd",      "Entrypoint", "OnBuild",
                                        "Shell", "RepoTags", "RepoDigests"};
  if (std::find(kMaps.begin(), kMaps.end(), field) != kMaps.end()) return "map[]";
  return std::find(kLists.begin(), kLists.end(), field) != kLists.end() ? "[]" : "<nil>";
}

std::string PrintJson(const OrderedJson& json, int depth);

// NOLINTNEXTLINE(misc-no-recursion): kDeepest bounds it
std::string PrintObject(const OrderedJson& json, int depth) {
  std::vector<std::string> parts;
  if (IsStruct(json)) {
    for (const auto& [key, member] : json.items()) parts.push_back(PrintJson(member, depth + 1));
    return fmt::format("{{{}}}", Join(parts, " "));
  }
  std::map<std::string, const OrderedJson*> sorted;
  for (const auto& [key, member] : json.items()) sorted[key] = &member;
  for (const auto& [key, member] : sorted) {
    parts.push_back(fmt::format("{}:{}", key, PrintJson(*member, depth + 1)));
  }
  return fmt::format("map[{}]", Join(parts, " "));
}

// NOLINTNEXTLINE(misc-no-recursion): kDeepest bounds it
std::string PrintJson(const OrderedJson& json, int depth) {
  if (depth > kDeepest) return "...";
  if (json.is_string()) return json.get<std::string>();
  if (json.is_null()) return "<nil>";
  if (json.is_object()) return PrintObject(json, depth);
  if (!json.is_array()) return DumpJson(json);
  std::vector<std::string> parts;
  for (const OrderedJson& element : json) parts.push_back(PrintJson(element, depth + 1));
  return fmt::format("[{}]", Join(parts, " "));
}

}  // namespace

const OrderedJson& Value::json() const {
  static const OrderedJson null;
  return json_ == nullptr ? null : *json_;
}

bool IsTrue(const Value& value) {
  const OrderedJson& json = value.json();
  if (json.is_boolean()) return json.get<bool>();
  if (json.is_number()) return json.get<double>() != 0;
  if (json.is_string()) return !json.get_ref<const std::string&>().empty();
  return !json.empty();
}

std::string Print(const Value& value) {
  if (value.IsNothing()) return "<no value>";
  return value.json().is_null() ? std::string(value.nil_text()) : PrintJson(value.json(), 0);
}

Value Field(const Value& value, const std::string& name) {
  const OrderedJson& json = value.json();
  if (json.is_null()) return {};  // Go stops there; `{{if and .X .X.Y}}` need not
  if (!json.is_object()) {
    throw Error(ErrorKind::kInvalidInput,
                fmt::format("can't evaluate field {} in type {}", name, TypeName(json)));
  }
  if (const auto exact = json.find(name); exact != json.end()) {
    return {value, *exact, NilText(name)};
  }
  if (!name.empty() && IsCapital(name.front())) {
    for (const auto& [key, member] : json.items()) {
      if (EqualInOtherCase(key, name)) return {value, member};
    }
  }
  if (!IsStruct(json)) return {};
  throw Error(ErrorKind::kInvalidInput, fmt::format("map has no entry for key {}", Quote(name)));
}

}  // namespace ibuild::cli::go_template
