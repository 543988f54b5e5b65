#include "parser/check/json_writer.h"

#include <fmt/format.h>

#include <utility>

#include "parser/syntax/chars.h"

namespace ibuild::parser {

void JsonWriter::NewLine() {
  text_ += '\n';
  text_.append(2 * depth_, ' ');
}

void JsonWriter::StartValue() {
  if (std::exchange(after_key_, false)) return;
  if (!std::exchange(first_, false)) text_ += ',';
  if (depth_ > 0) NewLine();
}

JsonWriter& JsonWriter::Begin(char bracket) {
  StartValue();
  text_ += bracket;
  ++depth_;
  first_ = true;
  return *this;
}

JsonWriter& JsonWriter::End(char bracket) {
  --depth_;
  if (!std::exchange(first_, false)) NewLine();
  text_ += bracket;
  return *this;
}

JsonWriter& JsonWriter::Key(std::string_view key) {
  StartValue();
  AppendString(key);
  text_ += ": ";
  after_key_ = true;
  return *this;
}

JsonWriter& JsonWriter::String(std::string_view value) {
  StartValue();
  AppendString(value);
  return *this;
}

JsonWriter& JsonWriter::Number(std::size_t value) {
  StartValue();
  text_ += fmt::format("{}", value);
  return *this;
}

JsonWriter& JsonWriter::Bool(bool value) {
  StartValue();
  text_ += value ? "true" : "false";
  return *this;
}

JsonWriter& JsonWriter::Member(std::string_view key, std::string_view value) {
  return Key(key).String(value);
}

JsonWriter& JsonWriter::MemberIfAny(std::string_view key, std::string_view value) {
  return value.empty() ? *this : Member(key, value);
}

// A byte that is not UTF-8 becomes the replacement character: JSON has no other way to hold it.
void JsonWriter::AppendString(std::string_view value) {
  text_ += '"';
  for (std::size_t at = 0; at < value.size();) {
    const std::size_t length = CharLengthAt(value, at);
    const auto c = static_cast<unsigned char>(value[at]);
    if (c == '"' || c == '\\') {
      text_ += '\\';
      text_ += value[at];
    } else if (c == '\n') {
      text_ += "\\n";
    } else if (c == '\t') {
      text_ += "\\t";
    } else if (c < 0x20U) {
      text_ += fmt::format("\\u{:04x}", c);
    } else if (c >= 0x80U && length == 1) {
      text_ += "\xEF\xBF\xBD";
    } else {
      text_.append(value.substr(at, length));
    }
    at += length;
  }
  text_ += '"';
}

std::string JsonWriter::Finish() && {
  text_ += '\n';
  return std::move(text_);
}

std::string Base64(std::string_view bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::string_view group = bytes.substr(at, 3);
    unsigned value = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      value = (value << 8U) | (i < group.size() ? static_cast<unsigned char>(group[i]) : 0U);
    }
    for (std::size_t i = 0; i < 4; ++i) {
      text += i <= group.size() ? kDigits[(value >> (18U - 6U * i)) & 63U] : '=';
    }
  }
  return text;
}

}  // namespace ibuild::parser
