#include "support/hmac.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "support/error.h"

namespace ibuild {

std::string HmacSha256(std::string_view key, std::string_view text) {
  std::string value(EVP_MAX_MD_SIZE, '\0');
  unsigned int size = 0;
  const unsigned char* const made =
      HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
           reinterpret_cast<const unsigned char*>(text.data()), text.size(),
           reinterpret_cast<unsigned char*>(value.data()), &size);
  if (made == nullptr) throw Error(ErrorKind::kInternal, "OpenSSL refused to compute an HMAC");
  value.resize(size);
  return value;
}

}  // namespace ibuild
