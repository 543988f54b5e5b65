// SHA-256 (FIPS 180-4) by OpenSSL's EVP interface, which picks the CPU's own instructions.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace ibuild {

using Sha256Value = std::array<std::byte, 32>;

class Sha256 {
 public:
  Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  ~Sha256();

  void Update(std::span<const std::byte> bytes);
  void Update(std::string_view text);
  Sha256Value Finish();  // once

  static Sha256Value Of(std::string_view text);

 private:
  struct ContextDeleter {
    void operator()(void* context) const;
  };
  std::unique_ptr<void, ContextDeleter> context_;
};

std::string ToHex(std::span<const std::byte> bytes);  // lower case

}  // namespace ibuild
