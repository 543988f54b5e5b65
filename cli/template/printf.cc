#include "cli/template/printf.h"

#include <fmt/format.h>

#include <algorithm>

#include "support/json.h"
#include "support/text.h"

namespace ibuild::cli::go_template {
namespace {

constexpr std::size_t kWidest = 1000;

struct Verb {
  bool left = false;
  bool zeros = false;
  std::size_t width = 0;
  std::optional<std::size_t> precision;
  char letter = '\0';
};

std::size_t TakeNumber(std::string_view& rest) {
  std::size_t number = 0;
  while (!rest.empty() && rest[0] >= '0' && rest[0] <= '9') {
    number = std::min(kWidest, number * 10 + static_cast<std::size_t>(rest[0] - '0'));
    rest.remove_prefix(1);
  }
  return number;
}

Verb TakeVerb(std::string_view& rest) {
  Verb verb;
  while (!rest.empty() && std::string_view("-+# 0").find(rest[0]) != std::string_view::npos) {
    verb.left |= rest[0] == '-';
    verb.zeros |= rest[0] == '0';
    rest.remove_prefix(1);
  }
  verb.width = TakeNumber(rest);
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    verb.precision = TakeNumber(rest);
  }
  if (rest.empty()) return verb;
  verb.letter = rest[0];
  rest.remove_prefix(1);
  return verb;
}

std::string_view TypeName(const OrderedJson& json) {
  if (json.is_boolean()) return "bool";
  if (json.is_number_float()) return "float64";
  if (json.is_number()) return "int";
  return json.is_string() ? "string" : "map";
}

std::string Misfit(const Verb& verb, const Value& value) {
  return fmt::format("%!{}({}={})", verb.letter, TypeName(value.json()), Print(value));
}

std::string Hex(const Value& value) {
  const OrderedJson& json = value.json();
  if (json.is_number_integer()) return fmt::format("{:x}", json.get<std::int64_t>());
  std::string text;
  for (const char c : Print(value)) text += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return text;
}

std::string Format(const Verb& verb, const Value& value) {
  const OrderedJson& json = value.json();
  switch (verb.letter) {
    case 'v':
      return Print(value);
    case 's': {
      if (json.is_number() || json.is_boolean()) return Misfit(verb, value);
      const std::string text = Print(value);
      return verb.precision ? text.substr(0, *verb.precision) : text;
    }
    case 'q':
      return DumpJson(Json(Print(value)));
    case 'd':
      return json.is_number_integer() ? Print(value) : Misfit(verb, value);
    case 'x':
      return Hex(value);
    case 't':
      return json.is_boolean() ? Print(value) : Misfit(verb, value);
    case 'f':
      if (!json.is_number_float()) return Misfit(verb, value);
      return fmt::format("{:.{}f}", json.get<double>(),
                         std::min<std::size_t>(verb.precision.value_or(6), 100));
    default:
      return Misfit(verb, value);
  }
}

std::string Padded(const Verb& verb, std::string text) {
  if (text.size() >= verb.width) return text;
  const std::size_t count = verb.width - text.size();
  if (verb.left) return text + std::string(count, ' ');
  return std::string(count, verb.zeros ? '0' : ' ') + text;
}

}  // namespace

std::string Sprintf(std::string_view rest, const std::vector<Value>& arguments) {
  std::string text;
  std::size_t next = 0;
  while (!rest.empty()) {
    const std::size_t percent = std::min(rest.find('%'), rest.size());
    text += rest.substr(0, percent);
    rest.remove_prefix(percent);
    if (rest.empty()) break;
    rest.remove_prefix(1);
    const Verb verb = TakeVerb(rest);
    if (verb.letter == '\0') {
      text += "%!(NOVERB)";
    } else if (verb.letter == '%') {
      text += '%';
    } else if (next == arguments.size()) {
      text += fmt::format("%!{}(MISSING)", verb.letter);
    } else {
      text += Padded(verb, Format(verb, arguments[next++]));
    }
  }
  return text;
}

}  // namespace ibuild::cli::go_template
