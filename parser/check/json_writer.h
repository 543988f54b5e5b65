// Writes indented JSON (RFC 8259), two spaces a level, in the order of the calls.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ibuild::parser {

class JsonWriter {
 public:
  JsonWriter& BeginObject() { return Begin('{'); }
  JsonWriter& EndObject() { return End('}'); }
  JsonWriter& BeginArray() { return Begin('['); }
  JsonWriter& EndArray() { return End(']'); }
  JsonWriter& Key(std::string_view key);
  JsonWriter& String(std::string_view value);
  JsonWriter& Number(std::size_t value);
  JsonWriter& Bool(bool value);

  // Key and string in one; the second leaves out what is empty.
  JsonWriter& Member(std::string_view key, std::string_view value);
  JsonWriter& MemberIfAny(std::string_view key, std::string_view value);

  std::string Finish() &&;  // with a final line feed

 private:
  JsonWriter& Begin(char bracket);
  JsonWriter& End(char bracket);
  void StartValue();
  void NewLine();
  void AppendString(std::string_view value);

  std::string text_;
  std::size_t depth_ = 0;
  bool first_ = true;       // nothing in the innermost array or object yet
  bool after_key_ = false;  // the value stands on the line of its key
};

std::string Base64(std::string_view bytes);  // RFC 4648, with padding

}  // namespace ibuild::parser
