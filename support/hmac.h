// HMAC-SHA256 (RFC 2104) by OpenSSL.
#pragma once

#include <string>
#include <string_view>

namespace ibuild {

std::string HmacSha256(std::string_view key, std::string_view text);  // 32 bytes

}  // namespace ibuild
