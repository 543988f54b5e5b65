#include "cli/registry_options.h"

#include <fmt/format.h>

#include "oci/reference.h"
#include "parser/syntax/duration.h"
#include "registry/client/registry_settings.h"
#include "support/error.h"
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

registry::Credential ParseCredential(const std::string& text) {
  const std::size_t colon = text.find(':');
  registry::Credential credential;
  credential.username = text.substr(0, colon);
  if (colon != std::string::npos) credential.password = Secret(text.substr(colon + 1));
  credential.source = "--creds";
  if (credential.username.empty()) throw Error(ErrorKind::kUsage, "the user name is missing");
  return credential;
}

}  // namespace

void RegistryOptions::Declare(OptionSet& options) {
  options.Custom("--insecure-registry", "HOST",
                 "Speak to HOST without TLS or without trusting its certificate",
                 [this](const std::string& text) {
                   insecure_.push_back(oci::RegistryHost::Parse(text).name());
                 });
  options.Each("--ca-file", "FILE", "Trust the authorities in FILE, too", ca_files_);
  options.Value("--authfile", "FILE", "Read and write credentials in FILE", auth_file_);
  options.Switch("--no-creds", "Use no credentials", anonymous_);
  options.Custom("--creds", "USER[:PASSWORD]", "Use these credentials",
                 [this](const std::string& text) { given_ = ParseCredential(text); });
  options.Custom("--tls-verify", "[=BOOL]", "Only speak TLS, to whom can be trusted (the default)",
                 [this](const std::string& text) { verify_tls_ = text != "false" && text != "0"; });
  options.Custom("--jobs", "N", "Move up to N blobs at once",
                 [this](const std::string& text) { jobs_ = ParseJobs(text); });
  options.Custom("--wait", "DURATION",
                 "Wait so long in all for a server that limits how often it is asked (2m)",
                 [this](const std::string& text) { wait_ = ParseWait(text); });
}

void RegistryOptions::ApplyTo(registry::RegistrySettings& settings) const {
  if (auth_file_) {
    settings.credentials = registry::CredentialSettingsFromEnvironment(*auth_file_);
  }
  settings.credentials.anonymous = anonymous_;
  if (given_) settings.credentials.given = given_;
  if (!verify_tls_) settings.insecure_hosts.emplace_back("*");
  settings.insecure_hosts.insert(settings.insecure_hosts.end(), insecure_.begin(), insecure_.end());
  settings.ca_files.insert(settings.ca_files.end(), ca_files_.begin(), ca_files_.end());
  if (jobs_) settings.jobs = *jobs_;
  if (wait_) settings.timing.retry.longest_throttle = *wait_;
}

}  // namespace ibuild::cli
