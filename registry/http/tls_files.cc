#include "registry/http/tls_files.h"

#include <fmt/format.h>

#include <algorithm>

#include "support/environment.h"
#include "support/error.h"
#include "support/files.h"
#include "support/text.h"

namespace ibuild::registry {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPemLimit = 4u << 20;

std::vector<fs::path> SortedFiles(const fs::path& directory) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(directory)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

// The other half of a pair must lie beside it.
void CheckPartner(const fs::path& file, const char* partner) {
  fs::path other = file;
  other.replace_extension(partner);
  if (fs::exists(other)) return;
  throw Error(ErrorKind::kInvalidInput,
              fmt::format("{} has no {} beside it", file.string(), other.filename().string()))
      .WithHint("authorities have the extension .crt; .cert and .key are a client's pair");
}

void AddFile(const fs::path& file, TlsFiles& found) {
  const std::string extension = file.extension().string();
  if (extension == ".crt") found.authorities += ReadFile(file, kPemLimit) + "\n";
  if (extension == ".key") CheckPartner(file, ".cert");
  if (extension == ".cert") {
    CheckPartner(file, ".key");
    fs::path key = file;
    key.replace_extension(".key");
    if (!found.client) found.client = ClientCertificate{file, key};
  }
}

}  // namespace

std::vector<fs::path> UsualCertificateDirectories() {
  std::vector<fs::path> directories;
  if (const auto config = GetEnvironment("XDG_CONFIG_HOME"); config && !config->empty()) {
    directories.push_back(fs::path(*config) / "containers/certs.d");
  } else if (const auto home = GetEnvironment("HOME"); home && !home->empty()) {
    directories.push_back(fs::path(*home) / ".config/containers/certs.d");
  }
  directories.emplace_back("/etc/containers/certs.d");
  directories.emplace_back("/etc/docker/certs.d");
  return directories;
}

std::vector<fs::path> AuthoritiesFromEnvironment() {
  std::vector<fs::path> files;
  if (const auto file = GetEnvironment("SSL_CERT_FILE"); file && !file->empty()) {
    files.emplace_back(*file);
  }
  const std::string directories = GetEnvironment("SSL_CERT_DIR").value_or("");
  for (const std::string_view directory : Split(directories, ':')) {
    std::error_code ignored;
    if (directory.empty() || !fs::is_directory(directory, ignored)) continue;
    for (const fs::path& file : SortedFiles(directory)) {
      if (fs::is_regular_file(file, ignored)) files.push_back(file);
    }
  }
  return files;
}

TlsFiles ReadTlsFiles(const fs::path& directory, const std::vector<fs::path>& authorities) {
  TlsFiles found;
  for (const fs::path& file : authorities) found.authorities += ReadFile(file, kPemLimit) + "\n";
  if (directory.empty()) return found;
  for (const fs::path& file : SortedFiles(directory)) AddFile(file, found);
  return found;
}

TlsFiles FindTlsFiles(const std::string& host, const std::vector<fs::path>& directories,
                      const std::vector<fs::path>& authorities) {
  // A host name has no slash, so this cannot leave the directory; "." and ".." are no hosts.
  for (const fs::path& parent : directories) {
    std::error_code ignored;
    const fs::path directory = parent / host;
    if (fs::is_directory(directory, ignored)) return ReadTlsFiles(directory, authorities);
  }
  return ReadTlsFiles({}, authorities);
}

}  // namespace ibuild::registry
