#include "layers/tar/pax.h"

#include <algorithm>
#include <cstdint>

#include "support/error.h"
#include "support/text.h"

namespace ibuild::layers {
namespace {

[[noreturn]] void ThrowBadRecord() {
  throw Error(ErrorKind::kCorrupt, "damaged tar: malformed PAX record");
}

// The length counts its own digits, so it may take one round more to settle.
std::string FormatRecord(const std::string& key, const std::string& value) {
  const std::size_t rest = key.size() + value.size() + 3;  // " ", "=", "\n"
  std::size_t total = rest + std::to_string(rest).size();
  total = rest + std::to_string(total).size();
  return std::to_string(total) + " " + key + "=" + value + "\n";
}

bool MustBeText(std::string_view key) { return key == "path" || key == "linkpath"; }

}  // namespace

std::string FormatPax(const PaxRecords& records) {
  std::string text;
  for (const auto& [key, value] : records) text += FormatRecord(key, value);
  return text;
}

PaxRecords ParsePax(std::string_view text) {
  PaxRecords records;
  while (!text.empty()) {
    const std::size_t space = text.find(' ');
    if (space == std::string_view::npos || space > 20) ThrowBadRecord();
    const auto length = ParseUnsigned(text.substr(0, space));
    if (!length || *length < space + 3 || *length > text.size()) ThrowBadRecord();
    const std::string_view record =
        text.substr(space + 1, static_cast<std::size_t>(*length) - space - 1);
    const std::size_t equals = record.find('=');
    if (record.back() != '\n' || equals == std::string_view::npos || equals == 0) ThrowBadRecord();
    const std::string_view key = record.substr(0, equals);
    const std::string_view value = record.substr(equals + 1, record.size() - equals - 2);
    const bool has_nul =
        key.find('\0') != key.npos || (MustBeText(key) && value.find('\0') != value.npos);
    if (has_nul) ThrowBadRecord();
    records.insert_or_assign(std::string(key), std::string(value));
    text.remove_prefix(static_cast<std::size_t>(*length));
  }
  return records;
}

}  // namespace ibuild::layers
