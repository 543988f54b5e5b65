#include "tests/fakes/byte_channel.h"

#include <sys/socket.h>

#include "support/error.h"

namespace ibuild::fakes {

ByteChannel::ByteChannel(int fd, SSL_CTX* context) : fd_(fd) {
  if (context == nullptr) return;
  ssl_.reset(SSL_new(context));
  SSL_set_fd(ssl_.get(), fd);
  if (SSL_accept(ssl_.get()) != 1) throw Error(ErrorKind::kUnavailable, "TLS handshake failed");
}

std::size_t ByteChannel::Read(char* buffer, std::size_t size) {
  const ssize_t got =
      ssl_ ? SSL_read(ssl_.get(), buffer, static_cast<int>(size)) : recv(fd_, buffer, size, 0);
  return got > 0 ? static_cast<std::size_t>(got) : 0;
}

bool ByteChannel::Write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ssl_ ? SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()))
                              : send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

std::shared_ptr<SSL_CTX> MakeServerContext(const char* certificate, const char* key) {
  std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  if (SSL_CTX_use_certificate_chain_file(context.get(), certificate) != 1 ||
      SSL_CTX_use_PrivateKey_file(context.get(), key, SSL_FILETYPE_PEM) != 1) {
    throw Error(ErrorKind::kInvalidInput, "the server's certificate or key cannot be used");
  }
  return context;
}

}  // namespace ibuild::fakes
