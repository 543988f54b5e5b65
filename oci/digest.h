// Content digests (OCI image-spec, descriptor.md "Digests").
//
//   digest ::= "sha256" ":" 64 lower-case hex digits
//
// Only sha256 is accepted: registries store sha512 under sha256 names anyway. A Digest is always
// valid, so it may be put in a path or a URL without further checks.
#pragma once

#include <compare>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "support/sha256.h"

namespace ibuild::oci {

class Digest {
 public:
  // Throws kInvalidInput for anything but the grammar above.
  static Digest Parse(std::string_view text);
  static std::optional<Digest> TryParse(std::string_view text);
  static Digest FromSha256(const Sha256Value& value);
  static Digest OfText(std::string_view text);

  const std::string& hex() const { return hex_; }
  std::string ToString() const { return "sha256:" + hex_; }
  std::string Short() const { return hex_.substr(0, 12); }  // for people

  friend auto operator<=>(const Digest&, const Digest&) = default;

 private:
  explicit Digest(std::string hex) : hex_(std::move(hex)) {}
  std::string hex_;
};

// A streaming digest that also counts.
class Digester {
 public:
  void Update(std::span<const std::byte> bytes) {
    hash_.Update(bytes);
    size_ += bytes.size();
  }
  std::uint64_t size() const { return size_; }
  Digest Finish() { return Digest::FromSha256(hash_.Finish()); }

 private:
  Sha256 hash_;
  std::uint64_t size_ = 0;
};

}  // namespace ibuild::oci

template <>
struct std::hash<ibuild::oci::Digest> {
  std::size_t operator()(const ibuild::oci::Digest& digest) const noexcept {
    return std::hash<std::string>()(digest.hex());
  }
};
