#include "support/sha256.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <utility>

#include "support/byte_stream.h"
#include "support/error.h"

namespace ibuild {
namespace {

EVP_MD_CTX* AsContext(void* context) { return static_cast<EVP_MD_CTX*>(context); }

void Require(bool ok) {
  if (!ok) throw Error(ErrorKind::kInternal, "OpenSSL refused to compute SHA-256");
}

// Fetched once: a fetch by name takes longer than hashing a kilobyte. Without NO_LOAD_CONFIG the
// first use would read and parse openssl.cnf, which costs more than many a cached build.
const EVP_MD* Algorithm() {
  static const EVP_MD* const algorithm = [] {
    OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
    return EVP_MD_fetch(nullptr, "SHA256", nullptr);
  }();
  Require(algorithm != nullptr);
  return algorithm;
}

}  // namespace

void Sha256::ContextDeleter::operator()(void* context) const {
  EVP_MD_CTX_free(AsContext(context));
}

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  Require(context_ != nullptr);
  Require(EVP_DigestInit_ex2(AsContext(context_.get()), Algorithm(), nullptr) == 1);
}

Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;
Sha256::~Sha256() = default;

void Sha256::Update(std::span<const std::byte> bytes) {
  Require(EVP_DigestUpdate(AsContext(context_.get()), bytes.data(), bytes.size()) == 1);
}

void Sha256::Update(std::string_view text) { Update(AsBytes(text)); }

Sha256Value Sha256::Finish() {
  Sha256Value value;
  auto* const out = reinterpret_cast<unsigned char*>(value.data());
  Require(EVP_DigestFinal_ex(AsContext(context_.get()), out, nullptr) == 1);
  return value;
}

Sha256Value Sha256::Of(std::string_view text) {
  Sha256 hash;
  hash.Update(text);
  return hash.Finish();
}

std::string ToHex(std::span<const std::byte> bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(2 * bytes.size());
  for (const std::byte byte : bytes) {
    text += kDigits[std::to_integer<unsigned>(byte >> 4)];
    text += kDigits[std::to_integer<unsigned>(byte & std::byte{0xf})];
  }
  return text;
}

}  // namespace ibuild
