#include "support/ed25519.h"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "support/error.h"
#include "support/files.h"

namespace ibuild {
namespace {

constexpr std::size_t kKeyFileLimit = 16u << 10;
constexpr std::size_t kSignatureSize = 64;

using KeyHandle = std::shared_ptr<void>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

EVP_PKEY* Raw(const KeyHandle& key) { return static_cast<EVP_PKEY*>(key.get()); }

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// Asked for a password, OpenSSL would read the terminal: no job has one.
int NoPassword(char*, int, int, void*) { return -1; }

using PemReader = EVP_PKEY* (*)(BIO*, EVP_PKEY**, pem_password_cb*, void*);

KeyHandle ReadKey(const std::filesystem::path& file, PemReader read, std::string_view what) {
  std::string text = ReadFile(file, kKeyFileLimit);
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(
      BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free);
  KeyHandle key(read(bio.get(), nullptr, NoPassword, nullptr),
                [](void* raw) { EVP_PKEY_free(static_cast<EVP_PKEY*>(raw)); });
  if (key && EVP_PKEY_id(Raw(key)) == EVP_PKEY_ED25519) return key;
  throw Error(ErrorKind::kInvalidInput, fmt::format("{} is no {}", file.native(), what))
      .WithHint(
          "`openssl genpkey -algorithm ed25519 -out key.pem` makes a key, `openssl pkey -in "
          "key.pem -pubout` its public half");
}

DigestContext NewContext() { return {EVP_MD_CTX_new(), &EVP_MD_CTX_free}; }

}  // namespace

VerifyKey VerifyKey::Read(const std::filesystem::path& pem_file) {
  return VerifyKey(ReadKey(pem_file, PEM_read_bio_PUBKEY, "public Ed25519 key"));
}

bool VerifyKey::Verify(std::string_view text, std::string_view signature) const {
  const DigestContext context = NewContext();
  return signature.size() == kSignatureSize &&
         EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, Raw(key_)) == 1 &&
         EVP_DigestVerify(context.get(), Bytes(signature), signature.size(), Bytes(text),
                          text.size()) == 1;
}

SigningKey SigningKey::Read(const std::filesystem::path& pem_file) {
  return SigningKey(ReadKey(pem_file, PEM_read_bio_PrivateKey, "private Ed25519 key"));
}

std::string SigningKey::Sign(std::string_view text) const {
  const DigestContext context = NewContext();
  std::string signature(kSignatureSize, '\0');
  std::size_t size = signature.size();
  const bool good =
      EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, Raw(key_)) == 1 &&
      EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                     Bytes(text), text.size()) == 1;
  if (!good) throw Error(ErrorKind::kInternal, "OpenSSL cannot sign");
  return signature;
}

}  // namespace ibuild
