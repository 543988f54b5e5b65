// Debian's docker-registry as a test fixture: the real program on a free loopback port, with TLS
// and, if wanted, token authentication against a TokenIssuer in this process.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <memory>
#include <string>

#include "tests/fakes/http_server.h"
#include "tests/fakes/token_issuer.h"

namespace ibuild::fakes {

// A key and a self-signed certificate for localhost, made with openssl(1).
ServerTls MakeCertificate(const std::filesystem::path& directory, const std::string& name);

class DockerRegistry {
 public:
  // `directory` is empty and the fixture's own. Users of `issuer` may log in; its key is set here.
  DockerRegistry(std::filesystem::path directory, IssuerSettings issuer);
  ~DockerRegistry();
  DockerRegistry(const DockerRegistry&) = delete;
  DockerRegistry& operator=(const DockerRegistry&) = delete;

  std::string Host() const { return host_; }  // "localhost:PORT"
  const std::filesystem::path& authority() const { return tls_.certificate; }

 private:
  void WriteConfiguration(const std::filesystem::path& token_certificate) const;
  void WaitUntilReady() const;

  std::filesystem::path directory_;
  ServerTls tls_;
  std::uint16_t port_ = 0;
  std::string host_;
  std::unique_ptr<TokenIssuer> issuer_;
  std::unique_ptr<FakeHttpServer> token_server_;
  pid_t process_ = -1;
};

}  // namespace ibuild::fakes
