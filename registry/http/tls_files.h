// Certificates for one registry, from the directories of docker and containers tools
// (containers-certs.d(5)):
//
//   <directory>/<host[:port]>/*.crt          further authorities
//   <directory>/<host[:port]>/*.cert, *.key  a pair: the certificate that we show
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace ibuild::registry {

struct ClientCertificate {
  std::filesystem::path certificate;
  std::filesystem::path key;
};

struct TlsFiles {
  std::string authorities;  // PEM texts, one after the other; empty: the system's alone
  std::optional<ClientCertificate> client;
};

// The files of SSL_CERT_FILE and of the directories in SSL_CERT_DIR (separated by ":", names need
// not be hashes), which Go's and OpenSSL's programs trust. The system's directory stays trusted.
std::vector<std::filesystem::path> AuthoritiesFromEnvironment();

// ~/.config/containers/certs.d, /etc/containers/certs.d, /etc/docker/certs.d
std::vector<std::filesystem::path> UsualCertificateDirectories();

// The first directory that has one for `host` ("r.example:5000") counts. `authorities` are files
// given by the user. A lone .cert or .key, or a file that cannot be read: throws kInvalidInput.
TlsFiles FindTlsFiles(const std::string& host,
                      const std::vector<std::filesystem::path>& directories,
                      const std::vector<std::filesystem::path>& authorities);

// The same from this directory, whatever the host.
TlsFiles ReadTlsFiles(const std::filesystem::path& directory,
                      const std::vector<std::filesystem::path>& authorities);

}  // namespace ibuild::registry
