// Signatures with Ed25519 keys (RFC 8032), by OpenSSL.
//
// Keys are PEM files as openssl(1) makes them: `openssl genpkey -algorithm ed25519 -out key.pem`,
// `openssl pkey -in key.pem -pubout -out public.pem`.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace ibuild {

class VerifyKey {
 public:
  // Throws kInvalidInput for what is no public Ed25519 key.
  static VerifyKey Read(const std::filesystem::path& pem_file);

  bool Verify(std::string_view text, std::string_view signature) const;

 private:
  friend class SigningKey;
  explicit VerifyKey(std::shared_ptr<void> key) : key_(std::move(key)) {}
  std::shared_ptr<void> key_;
};

class SigningKey {
 public:
  // Throws kInvalidInput for what is no private Ed25519 key, or one that wants a password.
  static SigningKey Read(const std::filesystem::path& pem_file);

  std::string Sign(std::string_view text) const;  // 64 bytes
  VerifyKey Public() const { return VerifyKey(key_); }

 private:
  explicit SigningKey(std::shared_ptr<void> key) : key_(std::move(key)) {}
  std::shared_ptr<void> key_;
};

}  // namespace ibuild
