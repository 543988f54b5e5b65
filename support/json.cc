#include "support/json.h"

#include <fmt/format.h>

#include <limits>
#include <set>

#include "support/error.h"
#include "support/text.h"

namespace ibuild {
namespace {

// Watches a document while it is parsed: what the library accepts and we do not.
template <typename Value>
class ParseGuard {
 public:
  ParseGuard(std::string_view document, std::size_t depth_limit)
      : document_(document), depth_limit_(depth_limit) {}

  bool operator()(int /*depth*/, nlohmann::detail::parse_event_t event, Value& value) {
    using Event = nlohmann::detail::parse_event_t;
    if (event == Event::object_start || event == Event::array_start) {
      if (keys_.size() >= depth_limit_) {
        Fail(fmt::format("nested deeper than {} levels", depth_limit_));
      }
      keys_.emplace_back();
    } else if (event == Event::object_end || event == Event::array_end) {
      keys_.pop_back();
    } else if (event == Event::key) {
      CheckKey(value.template get_ref<const std::string&>());
    }
    return true;
  }

 private:
  // Parsers differ in which of two equal keys they take, so a document that has them may mean one
  // thing to whoever checked it and another to whoever uses it.
  void CheckKey(const std::string& key) {
    if (!keys_.back().insert(key).second) Fail(fmt::format("duplicate key {}", Quote(key)));
  }

  [[noreturn]] void Fail(const std::string& problem) const {
    throw Error(ErrorKind::kInvalidInput, fmt::format("{}: {}", document_, problem));
  }

  std::string_view document_;
  std::size_t depth_limit_;
  std::vector<std::set<std::string>> keys_;  // of each open object; arrays have an unused entry
};

// The library's sentence without its "[json.exception…] " tag.
std::string Reason(const nlohmann::json::exception& error) {
  const std::string_view text = error.what();
  const std::size_t end = text.find("] ");
  return PrintableText(end == std::string_view::npos ? text : text.substr(end + 2));
}

template <typename Value>
Value Parse(std::string_view text, std::string_view document, const JsonLimits& limits) {
  if (text.size() > limits.bytes) {
    throw Error(ErrorKind::kResourceExhausted,
                fmt::format("{}: {} bytes of JSON, more than the limit of {}", document,
                            text.size(), limits.bytes));
  }
  try {
    return Value::parse(text, ParseGuard<Value>(document, limits.depth));
  } catch (const nlohmann::json::exception& error) {
    throw Error(ErrorKind::kInvalidInput,
                fmt::format("{}: not valid JSON: {}", document, Reason(error)));
  }
}

// Outside strings JSON has none of these characters, so the finished text can be escaped as a
// whole. Go escapes them so that JSON may stand in HTML and JavaScript.
std::string EscapeAsGo(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const std::string_view rest = text.substr(i, 3);
    if (c == '<' || c == '>' || c == '&') {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else if (rest == "\xe2\x80\xa8" || rest == "\xe2\x80\xa9") {
      out += rest.back() == '\xa8' ? "\\u2028" : "\\u2029";
      i += 2;
    } else {
      out += c;
    }
  }
  return out;
}

template <typename Value>
std::string Dump(const Value& value, JsonStyle style) {
  const bool indented = style == JsonStyle::kIndented || style == JsonStyle::kGoIndented;
  const bool as_go = style == JsonStyle::kGo || style == JsonStyle::kGoIndented;
  const int indent = indented ? 2 : -1;
  std::string text = value.dump(indent, ' ', false, Value::error_handler_t::replace);
  return as_go ? EscapeAsGo(text) : text;
}

}  // namespace

Json ParseJson(std::string_view text, std::string_view document, JsonLimits limits) {
  return Parse<Json>(text, document, limits);
}

OrderedJson ParseOrderedJson(std::string_view text, std::string_view document, JsonLimits limits) {
  return Parse<OrderedJson>(text, document, limits);
}

std::string DumpJson(const Json& value, JsonStyle style) { return Dump(value, style); }
std::string DumpJson(const OrderedJson& value, JsonStyle style) { return Dump(value, style); }

std::optional<JsonReader> JsonReader::Find(std::string_view key) const {
  if (!IsObject()) Fail("expected an object");
  const auto found = value_->find(key);
  if (found == value_->end() || found->is_null()) return std::nullopt;
  std::string path = path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
  return JsonReader(*found, document_, std::move(path));
}

JsonReader JsonReader::At(std::string_view key) const {
  auto found = Find(key);
  if (!found) Fail(fmt::format("member {} is missing", Quote(key)));
  return *std::move(found);
}

std::string JsonReader::AsString() const {
  if (!IsString()) Fail("expected a string");
  return value_->get<std::string>();
}

std::int64_t JsonReader::AsInt() const {
  if (!value_->is_number_integer()) Fail("expected an integer");
  if (value_->is_number_unsigned() &&
      value_->get<std::uint64_t>() >
          static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    Fail("the integer is too large");
  }
  return value_->get<std::int64_t>();
}

bool JsonReader::AsBool() const {
  if (!value_->is_boolean()) Fail("expected true or false");
  return value_->get<bool>();
}

std::vector<std::string> JsonReader::AsStrings() const {
  std::vector<std::string> strings;
  ForEachElement([&](const JsonReader& element) { strings.push_back(element.AsString()); });
  return strings;
}

std::optional<std::string> JsonReader::StringIf(std::string_view key) const {
  const auto found = Find(key);
  if (!found) return std::nullopt;
  return found->AsString();
}

std::vector<std::string> JsonReader::StringsIf(std::string_view key) const {
  const auto found = Find(key);
  return found ? found->AsStrings() : std::vector<std::string>();
}

void JsonReader::ForEachElement(const std::function<void(const JsonReader&)>& visit) const {
  if (!IsArray()) Fail("expected an array");
  for (std::size_t i = 0; i < value_->size(); ++i) {
    visit(JsonReader((*value_)[i], document_, fmt::format("{}[{}]", path_, i)));
  }
}

void JsonReader::ForEachMember(
    const std::function<void(const std::string& key, const JsonReader&)>& visit) const {
  if (!IsObject()) Fail("expected an object");
  for (const auto& [key, member] : value_->items()) {
    visit(key, JsonReader(member, document_, path_.empty() ? key : path_ + "." + key));
  }
}

void JsonReader::Fail(std::string_view problem) const {
  throw Error(ErrorKind::kInvalidInput, path_.empty()
                                            ? fmt::format("{}: {}", document_, problem)
                                            : fmt::format("{}: {}: {}", document_, path_, problem));
}

}  // namespace ibuild
