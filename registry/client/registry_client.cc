#include "registry/client/registry_client.h"

#include <fmt/format.h>

#include <algorithm>

#include "registry/auth/stored_credentials.h"
#include "registry/client/error_response.h"
#include "registry/client/host_session.h"
#include "registry/http/curl_transport.h"
#include "registry/http/logging_transport.h"
#include "registry/http/redirecting_transport.h"
#include "registry/http/retry.h"
#include "support/error.h"

namespace ibuild::registry {
namespace {

bool Names(const std::vector<std::string>& hosts, const std::string& host) {
  return std::any_of(hosts.begin(), hosts.end(),
                     [&](const std::string& name) { return name == host || name == "*"; });
}

// Certificates are kept under the host as references write it, docker.io as its API host.
TlsFiles TlsFilesFor(const RegistrySettings& settings, const Origin& origin) {
  const auto directories = settings.certificate_directories.empty()
                               ? UsualCertificateDirectories()
                               : settings.certificate_directories;
  return FindTlsFiles(origin.Authority(), directories, settings.ca_files);
}

CurlSettings CurlSettingsFor(const RegistrySettings& settings) {
  CurlSettings curl;
  curl.proxy = settings.proxy;
  curl.user_agent = settings.user_agent;
  curl.tls_files = [&settings](const Origin& origin) { return TlsFilesFor(settings, origin); };
  curl.skip_verification = [&settings](const Origin& origin) {
    return Names(settings.insecure_hosts, origin.Authority());
  };
  curl.connect_timeout = settings.timing.connect_timeout;
  curl.stall_window = settings.timing.stall_window;
  curl.stall_minimum = static_cast<std::uint64_t>(settings.timing.stall_window.count());
  return curl;
}

}  // namespace

// The transports, innermost first, and what they share.
class ClientParts {
 public:
  ClientParts(const RegistrySettings& settings, Reporter& the_reporter)
      : reporter(the_reporter),
        credentials(settings.credentials),
        backoff(settings.timing.retry, the_reporter),
        curl(CurlSettingsFor(settings)),
        logging(curl, the_reporter),
        redirecting(logging),
        retrying(redirecting, backoff) {}

  Reporter& reporter;
  StoredCredentials credentials;
  Backoff backoff;
  CurlTransport curl;
  LoggingTransport logging;
  RedirectingTransport redirecting;
  RetryingTransport retrying;
};

RegistrySettings RegistrySettingsFromEnvironment() {
  RegistrySettings settings;
  settings.credentials = CredentialSettingsFromEnvironment();
  settings.proxy = ProxySettingsFromEnvironment();
  return settings;
}

RegistryClient::RegistryClient(RegistrySettings settings, Reporter& reporter)
    : settings_(std::move(settings)), parts_(std::make_unique<ClientParts>(settings_, reporter)) {}

RegistryClient::~RegistryClient() = default;

Transport& RegistryClient::transport_without_credentials() { return parts_->retrying; }

HostSession& RegistryClient::SessionFor(const oci::RegistryHost& host) {
  const std::lock_guard lock(mutex_);
  std::unique_ptr<HostSession>& session = sessions_[host];
  if (!session) {
    const bool may_lack_tls = host.IsLoopback() || Names(settings_.insecure_hosts, host.name());
    const Url base = FindBase(parts_->retrying, host, may_lack_tls);
    session = std::make_unique<HostSession>(parts_->retrying, parts_->credentials, host, base);
  }
  return *session;
}

RepositoryAccess RegistryClient::Open(const oci::Repository& repository, Access actions,
                                      const std::vector<oci::Repository>& also_read) {
  HostSession& session = SessionFor(repository.host);
  std::set<std::string> wanted = {"pull"};
  if (actions == Access::kPush) wanted.insert("push");
  if (actions == Access::kDelete) wanted.insert("delete");
  ScopeSet scopes({Scope::ForRepository(repository.path, wanted)});
  for (const oci::Repository& other : also_read) {
    if (other.host == repository.host) scopes.Add(Scope::ForRepository(other.path, {"pull"}));
  }
  return {repository,
          actions,
          Endpoints(session.base(), repository.path),
          std::move(scopes),
          &session.transport(),
          &session.habits(),
          &parts_->backoff,
          &parts_->reporter,
          {}};
}

void RegistryClient::Authenticate(const oci::RegistryHost& host, const Credential& credential) {
  const Url base = SessionFor(host).base();
  FixedCredential fixed(credential);
  HostSession session(parts_->retrying, fixed, host, base);
  HttpResponse response =
      session.transport().Send(HttpRequest(Method::kGet, Endpoints::Ping(base)));
  if (response.Ok()) return;
  if (response.status == 401 || response.status == 403) {
    throw Error(ErrorKind::kUnauthorized,
                fmt::format("{} refuses the user name or password", host.name()));
  }
  throw Error(ErrorKind::kUnavailable,
              fmt::format("{} answers {}: is it a registry?", base.ToString(), response.status));
}

}  // namespace ibuild::registry
