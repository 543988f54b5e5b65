#include "registry/auth/login.h"

#include <fmt/format.h>

#include "registry/auth/auth_file.h"
#include "registry/auth/credential_helper.h"
#include "registry/auth/docker_config.h"
#include "registry/client/registry_client.h"
#include "support/error.h"

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

LoginReceipt Login(const LoginRequest& request, RegistryClient& client) {
  CheckLogin(request);
  Credential credential{request.username, request.password, {}, {}, {}};
  InContext(fmt::format("logging in to {}", request.host.name()),
            [&] { client.Authenticate(request.host, credential); });
  AuthFile file = AuthFile::Open(client.settings().credentials.login_file);
  LoginReceipt receipt;
  receipt.file = file.path();
  receipt.helper = file.HelperFor(request.host);
  if (!receipt.helper.empty()) {
    CredentialHelper(receipt.helper).Store(KeyOfHost(request.host), credential);
  }
  receipt.replaced = file.Set(request.host, credential, !receipt.helper.empty());
  return receipt;
}

LogoutReceipt Logout(const oci::RegistryHost& host, const CredentialSettings& settings) {
  if (!std::filesystem::exists(settings.login_file)) return {settings.login_file, false};
  AuthFile file = AuthFile::Open(settings.login_file);
  LogoutReceipt receipt{file.path(), false};
  const std::string helper = file.HelperFor(host);
  const bool erased = !helper.empty() && CredentialHelper(helper).Erase(KeyOfHost(host));
  receipt.removed = file.Remove(host) || erased;
  return receipt;
}

}  // namespace ibuild::registry
