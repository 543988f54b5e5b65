#include "parser/syntax/json_array.h"

#include <cstdint>
#include <optional>
#include <utility>

#include "parser/syntax/chars.h"
#include "support/utf8.h"

namespace ibuild::parser {
namespace {

constexpr std::size_t kMaxDepth = 10000;
constexpr char32_t kReplacement = 0xFFFD;

bool IsHighSurrogate(char32_t c) { return c >= 0xD800 && c < 0xDC00; }
bool IsLowSurrogate(char32_t c) { return c >= 0xDC00 && c < 0xE000; }

// Walks a JSON text without recursion. Every method that returns false has met invalid JSON.
class JsonReader {
 public:
  explicit JsonReader(std::string_view text) : text_(text) {}

  bool Take(char c) {
    SkipSpace();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  bool AtEnd() {
    SkipSpace();
    return at_ == text_.size();
  }

  bool LooksAtString() {
    SkipSpace();
    return at_ < text_.size() && text_[at_] == '"';
  }

  bool ReadString(JsonString& string) {
    SkipSpace();
    const std::size_t start = at_;
    if (!Take('"')) return false;
    while (at_ < text_.size() && text_[at_] != '"') {
      if (static_cast<unsigned char>(text_[at_]) < 0x20U) return false;
      if (!(text_[at_] == '\\' ? ReadEscape(string.value) : ReadPlain(string.value))) return false;
    }
    if (at_ == text_.size()) return false;
    ++at_;
    string.written = text_.substr(start, at_ - start);
    return true;
  }

  // Any value: nested arrays and objects are kept on a stack of their closing brackets.
  bool SkipValue() {
    std::string open;
    for (;;) {
      switch (OpenBracket(open)) {
        case Step::kInvalid:
          return false;
        case Step::kEnter:
          continue;
        case Step::kDone:  // an empty array or object
          break;
        case Step::kOther:
          if (!SkipScalar()) return false;
      }
      const Step step = CloseBrackets(open);
      if (step != Step::kEnter) return step == Step::kDone;
    }
  }

 private:
  enum class Step { kInvalid, kEnter, kDone, kOther };  // kEnter: a value must follow

  Step OpenBracket(std::string& open) {
    const bool array = Take('[');
    if (!array && !Take('{')) return Step::kOther;
    const char close = array ? ']' : '}';
    if (Take(close)) return Step::kDone;
    if (open.size() == kMaxDepth) return Step::kInvalid;
    open.push_back(close);
    return array || SkipKey() ? Step::kEnter : Step::kInvalid;
  }

  // After a value: closes what ends here, or steps over a comma to the next value.
  Step CloseBrackets(std::string& open) {
    while (!open.empty()) {
      if (Take(open.back())) {
        open.pop_back();
      } else {
        const bool object = open.back() == '}';
        return Take(',') && (!object || SkipKey()) ? Step::kEnter : Step::kInvalid;
      }
    }
    return Step::kDone;
  }

  void SkipSpace() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\r' || text_[at_] == '\n')) {
      ++at_;
    }
  }

  bool ReadPlain(std::string& value) {
    const std::size_t length = CharLengthAt(text_, at_);
    if (length == 1 && static_cast<unsigned char>(text_[at_]) >= 0x80U) {
      AppendUtf8(kReplacement, value);  // what Go's decoder makes of a byte that is not UTF-8
    } else {
      value.append(text_.substr(at_, length));
    }
    at_ += length;
    return true;
  }

  bool ReadEscape(std::string& value) {
    constexpr std::string_view kLetters = "\"\\/bfnrt";
    constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    if (++at_ == text_.size()) return false;
    const char c = text_[at_++];
    if (c == 'u') return ReadCodePoint(value);
    const std::size_t index = kLetters.find(c);
    if (index == std::string_view::npos) return false;
    value.push_back(kMeanings[index]);
    return true;
  }

  // After "\u". Half of a surrogate pair alone becomes the replacement character.
  bool ReadCodePoint(std::string& value) {
    const std::optional<char32_t> first = ReadHex4();
    if (!first) return false;
    char32_t point = *first;
    if (IsHighSurrogate(point) && text_.substr(at_).starts_with("\\u")) {
      const std::size_t before = at_;
      at_ += 2;
      const std::optional<char32_t> second = ReadHex4();
      if (!second) return false;
      if (IsLowSurrogate(*second)) {
        point = 0x10000 + ((point - 0xD800) << 10U) + (*second - 0xDC00);
      } else {
        at_ = before;
      }
    }
    AppendUtf8(IsHighSurrogate(point) || IsLowSurrogate(point) ? kReplacement : point, value);
    return true;
  }

  std::optional<char32_t> ReadHex4() {
    if (text_.size() - at_ < 4) return std::nullopt;
    char32_t value = 0;
    for (int i = 0; i < 4; ++i) {
      const char c = text_[at_++];
      const char lower = static_cast<char>(c | 0x20);
      if (!IsDigit(c) && !(lower >= 'a' && lower <= 'f')) return std::nullopt;
      value = value * 16 + static_cast<char32_t>(IsDigit(c) ? c - '0' : lower - 'a' + 10);
    }
    return value;
  }

  bool SkipKey() {
    JsonString key;
    return ReadString(key) && Take(':');
  }

  bool SkipScalar() {
    if (LooksAtString()) {
      JsonString string;
      return ReadString(string);
    }
    for (const std::string_view word : {"true", "false", "null"}) {
      if (text_.substr(at_).starts_with(word)) {
        at_ += word.size();
        return true;
      }
    }
    return SkipNumber();
  }

  bool SkipDigits() {
    const std::size_t start = at_;
    while (at_ < text_.size() && IsDigit(text_[at_])) ++at_;
    return at_ > start;
  }

  bool TakeHere(std::string_view any_of) {
    if (at_ == text_.size() || any_of.find(text_[at_]) == std::string_view::npos) return false;
    ++at_;
    return true;
  }

  bool SkipNumber() {
    TakeHere("-");
    if (!TakeHere("0") && !SkipDigits()) return false;
    if (TakeHere(".") && !SkipDigits()) return false;
    if (TakeHere("eE")) {
      TakeHere("+-");
      return SkipDigits();
    }
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

JsonArray ReadJsonArray(std::string_view text) {
  JsonArray array;
  JsonReader reader(text);
  if (!reader.Take('[')) return array;
  bool only_strings = true;
  bool more = !reader.Take(']');
  while (more) {
    JsonString string;
    const bool is_string = reader.LooksAtString();
    if (!(is_string ? reader.ReadString(string) : reader.SkipValue())) return {};
    only_strings = only_strings && is_string;
    array.strings.push_back(std::move(string));
    more = reader.Take(',');
    if (!more && !reader.Take(']')) return {};
  }
  if (!reader.AtEnd()) return {};
  array.shape = only_strings ? JsonArrayShape::kStrings : JsonArrayShape::kOtherElements;
  return array;
}

std::optional<std::string> FindJsonString(std::string_view text, std::string_view key) {
  std::optional<std::string> found;
  JsonReader reader(text);
  if (!reader.Take('{')) return std::nullopt;
  bool more = !reader.Take('}');
  while (more) {
    JsonString name;
    JsonString value;
    if (!reader.ReadString(name) || !reader.Take(':')) return std::nullopt;
    const bool is_string = reader.LooksAtString();
    if (!(is_string ? reader.ReadString(value) : reader.SkipValue())) return std::nullopt;
    if (is_string && name.value == key) found = std::move(value.value);
    more = reader.Take(',');
    if (!more && !reader.Take('}')) return std::nullopt;
  }
  if (!reader.AtEnd()) return std::nullopt;
  return found;
}

}  // namespace ibuild::parser
