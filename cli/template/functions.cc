#include "cli/template/functions.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

#include "cli/template/printf.h"
#include "support/error.h"
#include "support/json.h"
#include "support/text.h"

namespace ibuild::cli::go_template {
namespace {

constexpr std::size_t kAny = std::numeric_limits<std::size_t>::max();
constexpr std::int64_t kLongestPad = 1000;

Error Wrong(std::string message) { return Error(ErrorKind::kInvalidInput, std::move(message)); }

Value String(std::string text) { return Value(OrderedJson(std::move(text))); }
Value Bool(bool truth) { return Value(OrderedJson(truth)); }

std::string AsString(const Value& value) {
  if (!value.IsString()) throw Wrong(fmt::format("{} is not a string", Quote(Print(value))));
  return value.json().get<std::string>();
}

std::int64_t AsInt(const Value& value) {
  if (!value.json().is_number()) {
    throw Wrong(fmt::format("{} is not a number", Quote(Print(value))));
  }
  return value.json().get<std::int64_t>();
}

std::size_t AsIndex(const Value& value, std::size_t limit) {
  const std::int64_t index = AsInt(value);
  if (index < 0 || static_cast<std::uint64_t>(index) > limit) {
    throw Wrong(fmt::format("index out of range: {}", index));
  }
  return static_cast<std::size_t>(index);
}

Value And(const Arguments& all) {
  for (const Value& value : all) {
    if (!IsTrue(value)) return value;
  }
  return all.back();
}

Value Or(const Arguments& all) {
  for (const Value& value : all) {
    if (IsTrue(value)) return value;
  }
  return all.back();
}

Value Not(const Arguments& all) { return Bool(!IsTrue(all[0])); }

bool Equal(const Value& a, const Value& b) {
  return a.IsNothing() == b.IsNothing() && a.json() == b.json();
}

// Equal to any of the others.
Value Eq(const Arguments& all) {
  return Bool(std::any_of(all.begin() + 1, all.end(),
                          [&](const Value& other) { return Equal(all[0], other); }));
}

Value Ne(const Arguments& all) { return Bool(!Equal(all[0], all[1])); }

bool Less(const Value& a, const Value& b) {
  const bool comparable =
      (a.json().is_number() && b.json().is_number()) || (a.IsString() && b.IsString());
  if (!comparable) throw Wrong("incompatible types for comparison");
  return a.json() < b.json();
}

Value Lt(const Arguments& all) { return Bool(Less(all[0], all[1])); }
Value Le(const Arguments& all) { return Bool(!Less(all[1], all[0])); }
Value Gt(const Arguments& all) { return Bool(Less(all[1], all[0])); }
Value Ge(const Arguments& all) { return Bool(!Less(all[0], all[1])); }

Value ElementOf(const Value& value, const Value& key) {
  const OrderedJson& json = value.json();
  if (value.IsNothing() || json.is_null()) throw Wrong("index of nil");
  if (json.is_array()) {
    const std::size_t index = AsIndex(key, json.size());
    if (index == json.size()) throw Wrong(fmt::format("index out of range: {}", index));
    return {value, json[index]};
  }
  if (json.is_string()) {
    const std::string text = AsString(value);
    const std::size_t index = AsIndex(key, text.size());
    if (index == text.size()) throw Wrong(fmt::format("index out of range: {}", index));
    return Value(OrderedJson(static_cast<unsigned char>(text[index])));
  }
  if (!json.is_object()) throw Wrong(fmt::format("can't index {}", Quote(Print(value))));
  const auto found = json.find(AsString(key));
  return found == json.end() ? String("") : Value(value, *found);
}

// index X 1 "a" is X[1]["a"]. A map without the key gives the empty string: maps of documents that
// people index hold strings.
Value Index(const Arguments& all) {
  Value value = all[0];
  for (auto key = all.begin() + 1; key != all.end(); ++key) value = ElementOf(value, *key);
  return value;
}

Value Len(const Arguments& all) {
  const OrderedJson& json = all[0].json();
  if (json.is_string()) return Value(OrderedJson(json.get_ref<const std::string&>().size()));
  if (all[0].IsNothing() || !(json.is_structured() || json.is_null())) {
    throw Wrong(fmt::format("{} has no length", Quote(Print(all[0]))));
  }
  return Value(OrderedJson(json.size()));
}

// slice X 1 3 is X[1:3].
Value Slice(const Arguments& all) {
  const OrderedJson& json = all[0].json();
  if (!json.is_string() && !json.is_array()) throw Wrong("can't slice what is no string or list");
  const std::size_t size = json.is_string() ? AsString(all[0]).size() : json.size();
  const std::size_t from = all.size() > 1 ? AsIndex(all[1], size) : 0;
  const std::size_t to = all.size() > 2 ? AsIndex(all[2], size) : size;
  if (from > to) throw Wrong("invalid slice: it ends before it begins");
  if (json.is_string()) return String(AsString(all[0]).substr(from, to - from));
  OrderedJson part = OrderedJson::array();
  for (std::size_t i = from; i < to; ++i) part.push_back(json[i]);
  return Value(std::move(part));
}

// Blanks stand between two operands when neither is a string.
Value PrintAll(const Arguments& all) {
  std::string text;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i > 0 && !all[i].IsString() && !all[i - 1].IsString()) text += ' ';
    text += Print(all[i]);
  }
  return String(std::move(text));
}

Value PrintLine(const Arguments& all) {
  std::vector<std::string> words;
  for (const Value& value : all) words.push_back(Print(value));
  return String(Join(words, " ") + "\n");
}

Value PrintFormatted(const Arguments& all) {
  return String(Sprintf(AsString(all[0]), {all.begin() + 1, all.end()}));
}

// Of podman "json" and docker "json": Go's encoding, with its escapes of < > &.
Value ToJson(const Arguments& all) { return String(DumpJson(all[0].json(), JsonStyle::kGo)); }
Value ToPrettyJson(const Arguments& all) {
  return String(DumpJson(all[0].json(), JsonStyle::kGoIndented));
}

// join LIST SEPARATOR, and `LIST | join ","` gives them in the other order.
Value JoinAll(const Arguments& all) {
  const bool piped = all[0].IsString();
  const OrderedJson& list = all[piped ? 1 : 0].json();
  const std::string separator = AsString(all[piped ? 0 : 1]);
  std::vector<std::string> parts;
  for (const OrderedJson& element : list) parts.push_back(Print(Value(element)));
  return String(Join(parts, separator));
}

Value SplitText(const Arguments& all) {
  const std::string text = AsString(all[0]);
  const std::string separator = AsString(all[1]);
  OrderedJson parts = OrderedJson::array();
  if (separator.empty()) throw Wrong("split needs a separator");
  std::size_t from = 0;
  for (std::size_t at = 0; (at = text.find(separator, from)) != std::string::npos;) {
    parts.push_back(text.substr(from, at - from));
    from = at + separator.size();
  }
  parts.push_back(text.substr(from));
  return Value(std::move(parts));
}

std::string Mapped(const Value& value, char from, char to, char offset) {
  std::string text = AsString(value);
  for (char& c : text) {
    if (c >= from && c <= to) c = static_cast<char>(c + offset);
  }
  return text;
}

constexpr char kCaseOffset = 'a' - 'A';
Value ToLower(const Arguments& all) { return String(Mapped(all[0], 'A', 'Z', kCaseOffset)); }
Value ToUpper(const Arguments& all) { return String(Mapped(all[0], 'a', 'z', -kCaseOffset)); }

Value ToTitle(const Arguments& all) {
  std::string text = AsString(all[0]);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool starts = i == 0 || text[i - 1] == ' ' || text[i - 1] == '-' || text[i - 1] == '\n';
    if (starts && text[i] >= 'a' && text[i] <= 'z')
      text[i] = static_cast<char>(text[i] - kCaseOffset);
  }
  return String(std::move(text));
}

Value Pad(const Arguments& all) {
  const std::string text = AsString(all[0]);
  if (text.empty()) return String("");
  const auto blanks = [&](std::size_t i) {
    const std::int64_t count = std::clamp<std::int64_t>(AsInt(all[i]), 0, kLongestPad);
    return std::string(static_cast<std::size_t>(count), ' ');
  };
  return String(blanks(1) + text + blanks(2));
}

Value Truncate(const Arguments& all) {
  const std::string text = AsString(all[0]);
  return String(text.substr(0, AsIndex(all[1], kAny)));
}

constexpr std::array kFunctions = {
    Function{"and", 1, kAny, And},
    Function{"or", 1, kAny, Or},
    Function{"not", 1, 1, Not},
    Function{"eq", 2, kAny, Eq},
    Function{"ne", 2, 2, Ne},
    Function{"lt", 2, 2, Lt},
    Function{"le", 2, 2, Le},
    Function{"gt", 2, 2, Gt},
    Function{"ge", 2, 2, Ge},
    Function{"index", 1, kAny, Index},
    Function{"len", 1, 1, Len},
    Function{"slice", 1, 3, Slice},
    Function{"print", 0, kAny, PrintAll},
    Function{"println", 0, kAny, PrintLine},
    Function{"printf", 1, kAny, PrintFormatted},
    Function{"json", 1, 1, ToJson},
    Function{"jsonpretty", 1, 1, ToPrettyJson},
    Function{"join", 2, 2, JoinAll},
    Function{"split", 2, 2, SplitText},
    Function{"lower", 1, 1, ToLower},
    Function{"upper", 1, 1, ToUpper},
    Function{"title", 1, 1, ToTitle},
    Function{"pad", 3, 3, Pad},
    Function{"truncate", 2, 2, Truncate},
};

}  // namespace

const Function* FindFunction(std::string_view name) {
  const auto found = std::find_if(kFunctions.begin(), kFunctions.end(),
                                  [name](const Function& each) { return each.name == name; });
  return found == kFunctions.end() ? nullptr : &*found;
}

}  // namespace ibuild::cli::go_template
