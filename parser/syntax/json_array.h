// The exec form: a JSON array of strings (RFC 8259), strict, because text that is *not* valid JSON
// is not an error but a shell command.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ibuild::parser {

struct JsonString {
  std::string value;
  std::string_view written;  // the literal in the text, quotes included
};

enum class JsonArrayShape {
  kNotAnArray,     // not an array, or not valid JSON: read it in another way
  kStrings,        // an array of strings, possibly empty
  kOtherElements,  // a valid array with something else in it: an error for the user
};

struct JsonArray {
  JsonArrayShape shape = JsonArrayShape::kNotAnArray;
  std::vector<JsonString> strings;  // kStrings only
};

// `text` in full; white space around the array is allowed. Nesting is limited to 10,000 levels.
JsonArray ReadJsonArray(std::string_view text);

// The string that `text`, a JSON object, has under `key`; nothing when it is something else.
std::optional<std::string> FindJsonString(std::string_view text, std::string_view key);

}  // namespace ibuild::parser
