#include "oci/digest.h"

#include <fmt/format.h>

#include "support/error.h"
#include "support/hex.h"
#include "support/text.h"

namespace ibuild::oci {
namespace {

constexpr std::string_view kPrefix = "sha256:";
constexpr std::size_t kHexLength = 64;

}  // namespace

std::optional<Digest> Digest::TryParse(std::string_view text) {
  if (!text.starts_with(kPrefix)) return std::nullopt;
  const std::string_view hex = text.substr(kPrefix.size());
  if (hex.size() != kHexLength || !IsLowerHex(hex)) {
    return std::nullopt;
  }
  return Digest(std::string(hex));
}

Digest Digest::Parse(std::string_view text) {
  if (auto digest = TryParse(text)) return *std::move(digest);
  throw Error(ErrorKind::kInvalidInput, fmt::format("{} is not a digest", Quote(text)))
      .WithHint("a digest is `sha256:` and 64 lower-case hexadecimal digits");
}

Digest Digest::FromSha256(const Sha256Value& value) { return Digest(ToHex(value)); }

Digest Digest::OfText(std::string_view text) { return FromSha256(Sha256::Of(text)); }

}  // namespace ibuild::oci
