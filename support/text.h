// Small text helpers; formatting itself is {fmt}'s.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ibuild {

// "text" as a double-quoted literal the way Go's %q prints it (history entries and error messages
// of the field use that form): \a \b \f \n \r \t \v \\ \" and \xNN, \uNNNN for what is not
// printable; valid UTF-8 is kept.
std::string Quote(std::string_view text);

std::vector<std::string_view> Split(std::string_view text, char separator);  // keeps empty parts
std::string_view Trim(std::string_view text);  // blanks, tabs, CR, LF at both ends
std::string Join(const std::vector<std::string>& parts, std::string_view separator);
std::string ToLower(std::string_view text);                       // ASCII only
std::string ToUpper(std::string_view text);                       // ASCII only
bool EqualsIgnoringCase(std::string_view a, std::string_view b);  // ASCII only

// Decimal digits only, the whole text; nothing on overflow or anything else.
std::optional<std::uint64_t> ParseUnsigned(std::string_view text);

// "512", "64k", "10m", "1g" (also K M G T, and a trailing b or ib): bytes, powers of 1024.
std::optional<std::uint64_t> ParseByteSize(std::string_view text);
std::string FormatByteSize(std::uint64_t bytes);  // "12.3 MiB"

// %41 is A; a percent sign that starts no escape stays (RFC 3986 2.1).
std::string DecodePercent(std::string_view text);

// For what hostile parties wrote and we print: control characters, ESC among them, become \xNN, so
// that no text can drive the terminal.
std::string PrintableText(std::string_view text);

}  // namespace ibuild
