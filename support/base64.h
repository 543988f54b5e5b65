// Base64 (RFC 4648 section 4), for Basic authorization and credential files.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ibuild {

std::string EncodeBase64(std::string_view bytes);
// Padding may be missing; nothing for any other character.
std::optional<std::string> DecodeBase64(std::string_view text);

}  // namespace ibuild
