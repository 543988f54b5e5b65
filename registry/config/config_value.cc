#include "registry/config/config_value.h"

#include <fmt/format.h>

#include <algorithm>

#include "support/error.h"

// The one place that compiles toml++ (some seconds), header-only as Debian has it.
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

namespace ibuild::registry {
namespace {

constexpr int kMostNesting = 16;

ConfigValue Convert(const toml::node& node, const std::string& file, int nesting);

ConfigValue::Table ConvertTable(const toml::table& table, const std::string& file, int nesting) {
  std::vector<std::pair<const toml::key*, const toml::node*>> entries;
  for (const auto& [key, node] : table) entries.emplace_back(&key, &node);
  // The library sorts by name; what is tried first is a matter of the file's order.
  std::stable_sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) {
    return a.first->source().begin < b.first->source().begin;
  });
  ConfigValue::Table converted;
  for (const auto& [key, node] : entries) {
    converted.emplace_back(std::string(key->str()), Convert(*node, file, nesting + 1));
  }
  return converted;
}

// NOLINTNEXTLINE(misc-no-recursion): kMostNesting bounds it
ConfigValue Convert(const toml::node& node, const std::string& file, int nesting) {
  ConfigValue::Content content;
  const auto line = static_cast<std::uint32_t>(node.source().begin.line);
  if (nesting > kMostNesting) ConfigValue(file, line, {}).Fail("tables are nested too deep");
  if (const auto* text = node.as_string()) {
    content = text->get();
  } else if (const auto* flag = node.as_boolean()) {
    content = flag->get();
  } else if (const auto* table = node.as_table()) {
    content = ConvertTable(*table, file, nesting);
  } else if (const auto* array = node.as_array()) {
    ConfigValue::Array elements;
    for (const toml::node& element : *array) {
      elements.push_back(Convert(element, file, nesting + 1));
    }
    content = std::move(elements);
  }
  return {file, line, std::move(content)};
}

}  // namespace

ConfigValue ConfigValue::ParseToml(std::string_view text, const std::string& file) {
  try {
    const toml::table table = toml::parse(text);
    return Convert(table, file, 0);
  } catch (const toml::parse_error& error) {
    throw Error(ErrorKind::kInvalidInput,
                fmt::format("{}:{}: {}", file, error.source().begin.line, error.description()));
  }
}

std::string ConfigValue::Place() const { return fmt::format("{}:{}", file_, line_); }

void ConfigValue::Fail(std::string_view problem) const {
  throw Error(ErrorKind::kInvalidInput, fmt::format("{}: {}", Place(), problem));
}

bool ConfigValue::AsBool() const {
  if (const bool* flag = std::get_if<bool>(&content_)) return *flag;
  Fail("expected true or false");
}

const std::string& ConfigValue::AsString() const {
  if (const auto* text = std::get_if<std::string>(&content_)) return *text;
  Fail("expected a text in quotes");
}

std::vector<std::string> ConfigValue::AsStrings() const {
  if (IsString()) return {AsString()};
  std::vector<std::string> texts;
  for (const ConfigValue& element : AsArray()) texts.push_back(element.AsString());
  return texts;
}

const ConfigValue::Array& ConfigValue::AsArray() const {
  if (const auto* array = std::get_if<Array>(&content_)) return *array;
  Fail("expected a list");
}

const ConfigValue::Table& ConfigValue::AsTable() const {
  if (const auto* table = std::get_if<Table>(&content_)) return *table;
  Fail("expected a table");
}

const ConfigValue* ConfigValue::Find(std::string_view key) const {
  for (const auto& [name, value] : AsTable()) {
    if (name == key) return &value;
  }
  return nullptr;
}

bool ConfigValue::Bool(std::string_view key, bool fallback) const {
  const ConfigValue* value = Find(key);
  return value == nullptr ? fallback : value->AsBool();
}

std::string ConfigValue::String(std::string_view key) const {
  const ConfigValue* value = Find(key);
  return value == nullptr ? std::string() : value->AsString();
}

}  // namespace ibuild::registry
