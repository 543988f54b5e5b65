// A connected socket, plain or TLS, for the fake servers.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string_view>

#include "support/fd.h"

namespace ibuild::fakes {

struct SslDeleter {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};

class ByteChannel {
 public:
  // `context` null: plain. Throws when the TLS handshake fails.
  ByteChannel(int fd, SSL_CTX* context);

  std::size_t Read(char* buffer, std::size_t size);  // 0: the end, or an error
  bool Write(std::string_view bytes);

 private:
  int fd_;
  std::unique_ptr<SSL, SslDeleter> ssl_;
};

std::shared_ptr<SSL_CTX> MakeServerContext(const char* certificate, const char* key);

}  // namespace ibuild::fakes
