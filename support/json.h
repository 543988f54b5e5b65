// The one door to nlohmann-json.
//
// Documents here come from registries, images and config files, so they are hostile: parsing
// limits size and nesting, refuses duplicate keys and invalid UTF-8, and reading goes through
// JsonReader, whose errors name the document and the path of the value ("config.json:
// rootfs.diff_ids[2]: expected a string"). Writing is compact or indented, with keys either sorted
// (Json) or in the order given (OrderedJson).
//
// Include this header in .cc files only: it costs compile time. Headers forward-declare with
// support/json_fwd.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/json_fwd.h"

namespace ibuild {

struct JsonLimits {
  std::size_t bytes = 8u << 20;
  std::size_t depth = 64;
};

// `document` names the text in errors ("manifest of docker.io/library/debian:12").
Json ParseJson(std::string_view text, std::string_view document, JsonLimits limits = {});
// Keeps the order of keys, for documents that are edited and written back.
OrderedJson ParseOrderedJson(std::string_view text, std::string_view document,
                             JsonLimits limits = {});

enum class JsonStyle {
  kCompact,     // no blanks
  kIndented,    // two spaces
  kGo,          // compact, and < > & U+2028 U+2029 escaped as Go's encoding/json does
  kGoIndented,  // two spaces, with the same escapes
};
std::string DumpJson(const Json& value, JsonStyle style = JsonStyle::kCompact);
std::string DumpJson(const OrderedJson& value, JsonStyle style = JsonStyle::kCompact);

// A value and the path that led to it. Cheap to copy; the Json must outlive it. All As*() throw
// kInvalidInput when the type is another.
class JsonReader {
 public:
  JsonReader(const Json& value, std::string document)
      : JsonReader(value, std::move(document), std::string()) {}

  bool IsNull() const { return value_->is_null(); }
  bool IsObject() const { return value_->is_object(); }
  bool IsArray() const { return value_->is_array(); }
  bool IsString() const { return value_->is_string(); }

  // Nothing when the key is missing or its value is null; throws when this is not an object.
  std::optional<JsonReader> Find(std::string_view key) const;
  JsonReader At(std::string_view key) const;  // throws when missing
  bool Has(std::string_view key) const { return Find(key).has_value(); }

  std::string AsString() const;
  std::int64_t AsInt() const;  // integers only: 1.0 and "1" are errors
  bool AsBool() const;
  std::vector<std::string> AsStrings() const;  // an array of strings

  std::string String(std::string_view key) const { return At(key).AsString(); }
  std::optional<std::string> StringIf(std::string_view key) const;
  std::vector<std::string> StringsIf(std::string_view key) const;  // missing: empty

  void ForEachElement(const std::function<void(const JsonReader&)>& visit) const;
  void ForEachMember(
      const std::function<void(const std::string& key, const JsonReader&)>& visit) const;

  const Json& value() const { return *value_; }
  const std::string& path() const { return path_; }
  [[noreturn]] void Fail(std::string_view problem) const;  // kInvalidInput at this path

 private:
  JsonReader(const Json& value, std::string document, std::string path)
      : value_(&value), document_(std::move(document)), path_(std::move(path)) {}

  const Json* value_;
  std::string document_;
  std::string path_;
};

}  // namespace ibuild
