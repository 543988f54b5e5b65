#include "cli/registry_options.h"

#include <fmt/format.h>
#include <unistd.h>

#include "oci/reference.h"
#include "parser/syntax/duration.h"
#include "registry/client/registry_settings.h"
#include "support/error.h"
#include "support/files.h"
#include "support/secret.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

std::size_t ParseJobs(const std::string& text) {
  const auto number = ParseUnsigned(text);
  if (!number || *number == 0 || *number > 64) {
    throw Error(ErrorKind::kUsage, fmt::format("{} is not a number from 1 to 64", Quote(text)));
  }
  return static_cast<std::size_t>(*number);
}

std::chrono::milliseconds ParseWait(const std::string& text) {
  const auto wait = parser::ParseDuration(text);
  if (!wait || wait->count() < 0) {
    throw Error(ErrorKind::kUsage, fmt::format("{} is not a duration", Quote(text)))
        .WithHint("write it as `90s`, `10m` or `6h`");
  }
  return std::chrono::ceil<std::chrono::milliseconds>(*wait);
}

// "user:password"; what follows the first colon is the password.
registry::Credential ParseCredential(const std::string& text, const std::string& option) {
  const std::size_t colon = text.find(':');
  registry::Credential credential;
  credential.username = text.substr(0, colon);
  credential.source = option;
  if (colon != std::string::npos) credential.password = Secret(text.substr(colon + 1));
  if (!credential.HasPassword()) {
    throw Error(ErrorKind::kUsage, "expected USER:PASSWORD")
        .WithHint("`ibuild login --password-stdin` keeps a password out of the command line");
  }
  return credential;
}

}  // namespace

Secret ReadSecretFromInput() {
  constexpr std::size_t kLongest = 64u << 10;
  std::string text = ReadAll(STDIN_FILENO, kLongest);
  // One line end is how `echo` and editors end a file, not a part of the password.
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  if (text.empty()) throw Error(ErrorKind::kUsage, "standard input holds no password");
  return Secret(std::move(text));
}

void RegistryOptions::DeclareAccess(OptionSet& options, const std::string& prefix,
                                    const std::string& of) {
  const std::string creds = "--" + prefix + "creds";
  options.Custom(creds, "USER:PASSWORD", "Credentials" + of + ", in place of the stored ones",
                 [this, creds](const std::string& text) { given_ = ParseCredential(text, creds); });
  const std::string token = "--" + prefix + "registry-token";
  options.Custom(token, "TOKEN", "Bearer token" + of, [this, token](const std::string& text) {
    given_ = registry::Credential{{}, {}, {}, Secret(text), token};
  });
  options.Switch("--" + prefix + "tls-verify",
                 "Demand TLS, and a certificate that an authority vouches for" + of,
                 [this](bool verify) { verify_tls_ = verify; });
  options.Value("--" + prefix + "authfile", "FILE", "Read and write credentials" + of + " in FILE",
                auth_file_);
  options.Switch("--" + prefix + "no-creds", "Use no credentials" + of, anonymous_);
  options.Value("--" + prefix + "cert-dir", "DIR",
                "Certificates" + of + " (*.crt, *.cert, *.key) are in DIR", certificates_);
}

void RegistryOptions::DeclareUser(OptionSet& options, const std::string& prefix,
                                  const std::string& of) {
  options.Value("--" + prefix + "username", "NAME", "User name" + of, username_);
  options.Value("--" + prefix + "password", "PASSWORD",
                "Password" + of + "; --password-stdin is safer", password_);
}

void RegistryOptions::DeclareSide(OptionSet& options, const std::string& side) {
  const std::string of = side == "src" ? " of the source" : " of the target";
  DeclareAccess(options, side + "-", of);
  DeclareUser(options, side + "-", of);
}

void RegistryOptions::Declare(OptionSet& options) {
  DeclareForLogin(options);
  DeclareUser(options, "", "");
  options.Switch("--password-stdin", "Read the password from standard input", password_from_stdin_);
}

void RegistryOptions::DeclareForLogin(OptionSet& options) {
  options.Custom("--insecure-registry", "HOST",
                 "Speak to HOST without TLS or without trusting its certificate",
                 [this](const std::string& text) {
                   insecure_.push_back(oci::RegistryHost::Parse(text).name());
                 });
  options.Each("--ca-file", "FILE", "Trust the authorities in FILE, too", ca_files_);
  DeclareAccess(options, "", "");
  options.Custom("--jobs", "N", "Move up to N blobs at once",
                 [this](const std::string& text) { jobs_ = ParseJobs(text); });
  options.Custom("--wait", "DURATION",
                 "Wait so long in all for a server that limits how often it is asked (2m)",
                 [this](const std::string& text) { wait_ = ParseWait(text); });
}

bool RegistryOptions::IsGiven() const {
  return auth_file_ || certificates_ || given_ || verify_tls_ || anonymous_ || username_;
}

std::optional<registry::Credential> RegistryOptions::Credential() const {
  if (given_ || !username_) return given_;
  registry::Credential credential;
  credential.username = *username_;
  credential.source = "--username";
  if (password_) credential.password = Secret(*password_);
  if (password_from_stdin_) credential.password = ReadSecretFromInput();
  if (credential.HasPassword()) return credential;
  throw Error(ErrorKind::kUsage, "the password is missing").WithHint("add `--password-stdin`");
}

void RegistryOptions::ApplyTo(registry::RegistrySettings& settings) const {
  if (auth_file_) {
    settings.credentials = registry::CredentialSettingsFromEnvironment(*auth_file_);
  }
  if (auto credential = Credential()) settings.credentials.given = std::move(credential);
  if (anonymous_) settings.credentials.anonymous = true;
  if (verify_tls_) settings.verify_tls = *verify_tls_;
  if (certificates_) settings.certificates = *certificates_;
  settings.insecure_hosts.insert(settings.insecure_hosts.end(), insecure_.begin(), insecure_.end());
  settings.ca_files.insert(settings.ca_files.end(), ca_files_.begin(), ca_files_.end());
  if (jobs_) settings.jobs = *jobs_;
  if (wait_) settings.timing.retry.longest_throttle = *wait_;
}

}  // namespace ibuild::cli
