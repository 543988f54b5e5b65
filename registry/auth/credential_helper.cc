#include "registry/auth/credential_helper.h"

#include <fmt/format.h>
#include <unistd.h>

#include <string_view>

#include "support/error.h"
#include "support/json.h"
#include "support/process.h"
#include "support/text.h"

namespace ibuild::registry {
namespace {

// Helpers reach for keyrings and agents by variables of the session, so they get all of ours but
// the one that holds passwords itself.
std::vector<std::string> WholeEnvironment() {
  std::vector<std::string> environment;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    if (!std::string_view(*entry).starts_with("DOCKER_AUTH_CONFIG=")) {
      environment.emplace_back(*entry);
    }
  }
  return environment;
}

// Both spellings are in the field.
bool SaysNotFound(std::string_view output) {
  return output.find("credentials not found in native keychain") != std::string_view::npos ||
         output.find("credentials not found") != std::string_view::npos;
}

}  // namespace

std::optional<std::string> CredentialHelper::Run(const std::string& verb,
                                                 const std::string& input) const {
  const std::string program = "docker-credential-" + name_;
  return InContext(
      fmt::format("asking {} to {}", program, verb), [&]() -> std::optional<std::string> {
        ProcessSpec spec;
        spec.argv = {program, verb};
        spec.environment = WholeEnvironment();
        spec.input = input;
        spec.output_limit = 64u << 10;
        spec.timeout = std::chrono::seconds(30);
        const ProcessResult result = RunProcess(spec);
        if (result.status.Success()) return result.output;
        const std::string said(Trim(result.output.empty() ? result.errors : result.output));
        if (SaysNotFound(said)) return std::nullopt;
        throw Error(ErrorKind::kUnauthorized,
                    fmt::format("it failed: {}", PrintableText(said.substr(0, 512))));
      });
}

std::optional<Credential> CredentialHelper::Get(const std::string& server) const {
  const auto output = Run("get", server);
  if (!output) return std::nullopt;
  const std::string source = "docker-credential-" + name_;
  const Json json = ParseJson(*output, "answer of " + source);
  const JsonReader reader(json, "answer of " + source);
  Credential credential;
  credential.source = source;
  credential.username = reader.String("Username");
  Secret secret(reader.String("Secret"));
  // The protocol's way of saying that the secret is a refresh token.
  if (credential.username == "<token>") {
    credential.identity_token = std::move(secret);
  } else {
    credential.password = std::move(secret);
  }
  return credential;
}

void CredentialHelper::Store(const std::string& server, const Credential& credential) const {
  const OrderedJson entry = {{"ServerURL", server},
                             {"Username", credential.username},
                             {"Secret", credential.password.Reveal()}};
  Run("store", DumpJson(entry));
}

bool CredentialHelper::Erase(const std::string& server) const {
  return Run("erase", server).has_value();
}

}  // namespace ibuild::registry
