#include "registry/auth/login.h"

#include <fmt/format.h>

#include <algorithm>

#include "registry/auth/auth_file.h"
#include "registry/auth/credential_helper.h"
#include "registry/auth/docker_config.h"
#include "registry/client/registry_client.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::registry {
namespace {

// Basic authorization separates the two with the first colon, and the file's lines are JSON.
void CheckLogin(const LoginRequest& request) {
  if (request.username.empty() || request.password.empty()) {
    throw Error(ErrorKind::kUsage, "a login needs a user name and a password");
  }
  if (request.username.find_first_of(":\r\n") != std::string::npos ||
      request.username.find('\0') != std::string::npos) {
    throw Error(ErrorKind::kUsage, "a user name has no colon and no line break");
  }
  if (request.password.Reveal().find('\0') != std::string::npos) {
    throw Error(ErrorKind::kUsage, "the password holds a NUL byte");
  }
}

}  // namespace

LoginPlace LoginPlace::Parse(std::string_view text) {
  if (text.find("://") != std::string_view::npos) {
    return {oci::RegistryHost::Parse(HostOfKey(text))};
  }
  while (text.ends_with('/')) text.remove_suffix(1);
  const std::size_t slash = std::min(text.find('/'), text.size());
  LoginPlace place{oci::RegistryHost::Parse(text.substr(0, slash))};
  // The rest must be what can begin a repository's name; as old habits have it, not "v1" or "v2".
  const std::string_view path = slash < text.size() ? text.substr(slash + 1) : std::string_view();
  if (path.empty() || path == "v1" || path == "v2") return place;
  const auto name = oci::Reference::Parse(text);
  place.path = std::string(path);
  if (name.digest() || name.repository().path != path) {
    throw Error(ErrorKind::kInvalidInput,
                fmt::format("{} is neither a registry nor a namespace of one", Quote(text)));
  }
  return place;
}

LoginReceipt Login(const LoginRequest& request, RegistryClient& client) {
  CheckLogin(request);
  Credential credential{request.username, request.password, {}, {}, {}};
  InContext(fmt::format("logging in to {}", request.host.name()),
            [&] { credential.identity_token = client.Authenticate(request.host, credential); });
  AuthFile file = AuthFile::Open(client.settings().credentials.login_file);
  LoginReceipt receipt;
  receipt.file = file.path();
  // Helpers know hosts only.
  if (request.path.empty()) receipt.helper = file.HelperFor(request.host);
  if (!receipt.helper.empty()) {
    CredentialHelper(receipt.helper).Store(KeyOfHost(request.host), credential);
  }
  receipt.replaced = file.Set(request.host, request.path, credential, !receipt.helper.empty());
  return receipt;
}

LogoutReceipt Logout(const oci::RegistryHost& host, const CredentialSettings& settings,
                     const std::string& path) {
  if (!std::filesystem::exists(settings.login_file)) return {settings.login_file, false};
  AuthFile file = AuthFile::Open(settings.login_file);
  LogoutReceipt receipt{file.path(), false};
  const std::string helper = path.empty() ? file.HelperFor(host) : std::string();
  const bool erased = !helper.empty() && CredentialHelper(helper).Erase(KeyOfHost(host));
  receipt.removed = file.Remove(host, path) || erased;
  return receipt;
}

LogoutReceipt LogoutAll(const CredentialSettings& settings) {
  if (!std::filesystem::exists(settings.login_file)) return {settings.login_file, false};
  AuthFile file = AuthFile::Open(settings.login_file);
  return {file.path(), file.RemoveAll()};
}

}  // namespace ibuild::registry
