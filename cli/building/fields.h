// Comma-separated fields as --output, --secret and --build-context use them (RFC 4180 quoting):
// `type=oci,"dest=a,b"`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ibuild::cli {

struct Field {
  std::string key;
  std::string value;
  bool has_value = false;  // there was a "="
};

// Throws kUsage for a quote that does not end.
std::vector<Field> ParseFields(std::string_view text);

// true, false, 1, 0. Throws kUsage naming the key.
bool FieldAsBool(const Field& field);
// Throws kUsage: "unknown key …", with the nearest of `known`.
[[noreturn]] void ThrowUnknownField(const Field& field, const std::vector<std::string>& known);

}  // namespace ibuild::cli
