// What the command line and the environment say about reaching registries; a plain value.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "registry/auth/credential_settings.h"
#include "registry/config/registry_rules.h"
#include "registry/http/proxy.h"
#include "registry/http/retry.h"

namespace ibuild::registry {

// How patient we are; tests are less so.
struct RegistryTiming {
  RetrySettings retry;
  std::chrono::milliseconds connect_timeout{10'000};  // includes the TLS handshake
  std::chrono::milliseconds stall_window{30'000};     // without a kilobyte a second
};

struct RegistrySettings {
  // "host[:port]" as in references. These may be spoken to without TLS or with a certificate that
  // nobody vouches for ("*": all). Loopback hosts may always be spoken to without TLS.
  std::vector<std::string> insecure_hosts;
  bool verify_tls = true;                       // false: all are insecure
  RuleFiles rule_files;                         // mirrors and the like; none by default
  std::vector<std::filesystem::path> ca_files;  // trusted besides the system's authorities
  // Those of the environment, too; looked for only when a host is spoken to, being many.
  bool trusts_environment = false;
  // Parents of "<host[:port]>/{*.crt,*.cert,*.key}"; the first that has the host's directory
  // counts. Empty: the usual three (http/tls_files.h).
  std::vector<std::filesystem::path> certificate_directories;
  std::filesystem::path certificates;  // for every host, in place of those; empty: none
  CredentialSettings credentials;
  ProxySettings proxy;
  std::filesystem::path upload_notes;  // where uploads go on is kept here; empty: nowhere
  std::size_t jobs = 6;                // blobs in flight at once
  std::string user_agent = "ibuild";
  // The header that says of which trace our requests are a part, for registries and their mirrors
  // only: not for token servers and what they redirect to. Empty: none.
  std::string traceparent;
  RegistryTiming timing;
};

// Everything that the environment decides; the command line is laid over it.
RegistrySettings RegistrySettingsFromEnvironment();

}  // namespace ibuild::registry
