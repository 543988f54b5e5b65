// ConfigValue: a configuration file that people write (TOML), read, with the line of every value,
// so that each complaint can say where. Tables keep the order of the file.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace ibuild::registry {

class ConfigValue {
 public:
  using Table = std::vector<std::pair<std::string, ConfigValue>>;
  using Array = std::vector<ConfigValue>;
  // Numbers, dates and what else nobody here asks for are std::monostate.
  using Content = std::variant<std::monostate, bool, std::string, Array, Table>;

  // TOML 1.0. Throws kInvalidInput, "FILE:LINE: …".
  static ConfigValue ParseToml(std::string_view text, const std::string& file);

  ConfigValue(std::string file, std::uint32_t line, Content content)
      : file_(std::move(file)), line_(line), content_(std::move(content)) {}

  // All of them throw kInvalidInput, with the place, when the value is of another kind.
  bool AsBool() const;
  const std::string& AsString() const;
  std::vector<std::string> AsStrings() const;  // a list of texts, or one text
  const Array& AsArray() const;
  const Table& AsTable() const;

  const ConfigValue* Find(std::string_view key) const;  // of a table; null when not there
  bool Bool(std::string_view key, bool fallback) const;
  std::string String(std::string_view key) const;  // empty when not there

  bool IsString() const { return std::holds_alternative<std::string>(content_); }
  std::string Place() const;  // "/etc/containers/registries.conf:12"
  [[noreturn]] void Fail(std::string_view problem) const;

 private:
  std::string file_;
  std::uint32_t line_;
  Content content_;
};

}  // namespace ibuild::registry
