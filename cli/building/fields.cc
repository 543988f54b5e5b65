#include "cli/building/fields.h"

#include <fmt/format.h>

#include "support/bool_text.h"
#include "support/error.h"
#include "support/suggest.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

// One field from the front of `text`, quotes removed; `text` goes on after the comma.
std::string TakeField(std::string_view& text) {
  std::string field;
  bool quoted = false;
  std::size_t i = 0;
  for (; i < text.size() && (quoted || text[i] != ','); ++i) {
    if (text[i] != '"') {
      field += text[i];
    } else if (quoted && i + 1 < text.size() && text[i + 1] == '"') {
      field += text[++i];
    } else {
      quoted = !quoted;
    }
  }
  if (quoted) throw Error(ErrorKind::kUsage, "a quote is not closed");
  text.remove_prefix(i);
  return field;
}

Field Divide(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos) return {.key = text, .value = ""};
  return {.key = ToLower(Trim(text.substr(0, equals))),
          .value = text.substr(equals + 1),
          .has_value = true};
}

}  // namespace

std::vector<Field> ParseFields(std::string_view text) {
  std::vector<Field> fields;
  for (;;) {
    fields.push_back(Divide(TakeField(text)));
    if (text.empty()) return fields;
    text.remove_prefix(1);  // the comma
  }
}

bool FieldAsBool(const Field& field) {
  if (!field.has_value) return true;
  if (const auto truth = ParseBool(field.value)) return *truth;
  throw Error(ErrorKind::kUsage,
              fmt::format("{} is {}, neither true nor false", field.key, Quote(field.value)));
}

void ThrowUnknownField(const Field& field, const std::vector<std::string>& known) {
  Error error(ErrorKind::kUsage, fmt::format("unknown key {}", Quote(field.key)));
  if (const auto nearest = ClosestMatch(field.key, known)) {
    error.AddHint(fmt::format("did you mean `{}`?", *nearest));
  } else {
    error.AddHint(fmt::format("known keys: {}", Join(known, ", ")));
  }
  throw error;
}

}  // namespace ibuild::cli
