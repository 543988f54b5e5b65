#include "registry/client/registry_client.h"

#include <fmt/format.h>

#include <algorithm>

#include "registry/auth/stored_credentials.h"
#include "registry/client/error_response.h"
#include "registry/client/host_session.h"
#include "registry/client/routed_transport.h"
#include "registry/http/curl_transport.h"
#include "registry/http/logging_transport.h"
#include "registry/http/redirecting_transport.h"
#include "registry/http/retry.h"
#include "support/error.h"

namespace ibuild::registry {
namespace {

CurlSettings CurlSettingsFor(const RegistrySettings& settings, Reporter& reporter) {
  CurlSettings curl;
  curl.proxy = settings.proxy;
  curl.user_agent = settings.user_agent;
  curl.on_silence = [&reporter](const Origin& origin, std::chrono::seconds silent,
                                std::chrono::seconds patience) {
    reporter.Log(LogLevel::kWarning,
                 fmt::format("{} has been silent for {} s; giving up after {} s",
                             origin.Authority(), silent.count(), patience.count()));
  };
  curl.connect_timeout = settings.timing.connect_timeout;
  curl.stall_window = settings.timing.stall_window;
  curl.stall_minimum = static_cast<std::uint64_t>(settings.timing.stall_window.count());
  return curl;
}

CredentialSettings WithoutGiven(CredentialSettings settings) {
  settings.given.reset();
  return settings;
}

// The same session serves whoever is to be spoken to in the same way.
std::string SessionKey(const Upstream& upstream, bool is_mirror) {
  std::string key = fmt::format("{} {} {} {}", upstream.repository.host.name(),
                                upstream.scheme ? static_cast<int>(*upstream.scheme) : -1,
                                upstream.insecure, is_mirror);
  for (const auto& [name, value] : upstream.headers) key += fmt::format("\n{}: {}", name, value);
  return key;
}

}  // namespace

// The transports, innermost first, and what they share.
class ClientParts {
 public:
  ClientParts(const RegistrySettings& the_settings, Reporter& the_reporter)
      : settings(the_settings),
        reporter(the_reporter),
        rules({the_settings.rule_files, the_settings.insecure_hosts, !the_settings.verify_tls}),
        credentials(the_settings.credentials),
        mirror_credentials(WithoutGiven(the_settings.credentials)),
        backoff(the_settings.timing.retry, the_reporter),
        curl(WithTls(CurlSettingsFor(the_settings, the_reporter))),
        logging(curl, the_reporter),
        redirecting(logging),
        retrying(redirecting, backoff) {}

  // What hosts.toml says of an origin's certificates, before anything is asked there.
  void Learn(const Upstream& upstream) {
    if (upstream.authorities.empty() && !upstream.client) return;
    const std::lock_guard lock(mutex);
    told.insert_or_assign(upstream.repository.host.ApiHost(), upstream);
  }

  const RegistrySettings& settings;
  Reporter& reporter;
  RegistryRules rules;
  StoredCredentials credentials;
  StoredCredentials mirror_credentials;
  UploadHabits no_habits;  // where nothing is uploaded
  Backoff backoff;
  CurlTransport curl;
  LoggingTransport logging;
  RedirectingTransport redirecting;
  RetryingTransport retrying;

 private:
  CurlSettings WithTls(CurlSettings curl_settings) {
    curl_settings.tls_files = [this](const Origin& origin) { return TlsFilesFor(origin); };
    return curl_settings;
  }

  // Certificates are kept under the host as references write it, docker.io as its API host.
  TlsFiles TlsFilesFor(const Origin& origin) {
    const auto directories = settings.certificate_directories.empty()
                                 ? UsualCertificateDirectories()
                                 : settings.certificate_directories;
    std::vector<std::filesystem::path> authorities;
    if (settings.trusts_environment) authorities = AuthoritiesFromEnvironment();
    authorities.insert(authorities.end(), settings.ca_files.begin(), settings.ca_files.end());
    std::optional<ClientCertificate> client;
    {
      const std::lock_guard lock(mutex);
      if (const auto found = told.find(origin.Authority()); found != told.end()) {
        const auto& more = found->second.authorities;
        authorities.insert(authorities.end(), more.begin(), more.end());
        client = found->second.client;
      }
    }
    TlsFiles files = settings.certificates.empty()
                         ? FindTlsFiles(origin.Authority(), directories, authorities)
                         : ReadTlsFiles(settings.certificates, authorities);
    if (client) files.client = client;
    return files;
  }

  std::mutex mutex;
  std::map<std::string, Upstream> told;  // by authority
};

RegistrySettings RegistrySettingsFromEnvironment() {
  RegistrySettings settings;
  settings.credentials = CredentialSettingsFromEnvironment();
  settings.proxy = ProxySettingsFromEnvironment();
  settings.trusts_environment = true;
  settings.rule_files = UsualRuleFiles();
  return settings;
}

RegistryClient::RegistryClient(RegistrySettings settings, Reporter& reporter)
    : settings_(std::move(settings)), parts_(std::make_unique<ClientParts>(settings_, reporter)) {}

RegistryClient::~RegistryClient() = default;

Transport& RegistryClient::transport_without_credentials() { return parts_->retrying; }

HostSession& RegistryClient::SessionFor(const Upstream& upstream, CredentialSource& credentials,
                                        std::stop_token stop) {
  const std::lock_guard lock(mutex_);
  const bool is_mirror = &credentials == &parts_->mirror_credentials;
  std::unique_ptr<HostSession>& session = sessions_[SessionKey(upstream, is_mirror)];
  if (!session) {
    parts_->Learn(upstream);
    Upstream traced = upstream;
    if (!settings_.traceparent.empty()) {
      traced.headers.emplace_back("traceparent", settings_.traceparent);
    }
    session = std::make_unique<HostSession>(parts_->retrying, credentials, traced, std::move(stop));
  }
  return *session;
}

std::vector<oci::Reference> RegistryClient::Meanings(std::string_view text) {
  const oci::Reference reference = oci::Reference::Parse(text);
  const std::string& path = reference.repository().path;
  const bool spelt = text.starts_with("docker.io/") || text.starts_with("index.docker.io/") ||
                     text.starts_with("registry-1.docker.io/");
  if (!reference.repository().host.IsDockerHub() || spelt) return {reference};
  constexpr std::string_view kOfficial = "library/";
  const bool implied = path.starts_with(kOfficial) && !text.starts_with(kOfficial);
  std::vector<oci::Reference> meanings;
  for (oci::Repository& repository :
       parts_->rules.Meanings(implied ? path.substr(kOfficial.size()) : path)) {
    meanings.emplace_back(std::move(repository), reference.tag(), reference.digest());
  }
  if (meanings.empty()) meanings.push_back(reference);
  return meanings;
}

RepositoryAccess RegistryClient::Open(const oci::Repository& repository, Access actions,
                                      const std::vector<oci::Repository>& also_read,
                                      std::stop_token stop) {
  Route route = parts_->rules.RouteOf(repository);
  if (actions == Access::kPull && !route.mirrors.empty()) {
    return OpenRouted(repository, std::move(route));
  }
  const Upstream& origin = route.origin;
  HostSession& session = SessionFor(origin, parts_->credentials, stop);
  std::set<std::string> wanted = {"pull"};
  if (actions == Access::kPush) wanted.insert("push");
  if (actions == Access::kDelete) wanted.insert("delete");
  ScopeSet scopes({Scope::ForRepository(origin.repository.path, wanted)});
  for (const oci::Repository& other : also_read) {
    if (other.host == repository.host) scopes.Add(Scope::ForRepository(other.path, {"pull"}));
  }
  return {repository,
          actions,
          Endpoints(session.base(), origin.repository.path, origin.api_root),
          std::move(scopes),
          &session.transport(),
          &session.habits(),
          &parts_->backoff,
          &parts_->reporter,
          std::move(stop),
          false,
          settings_.upload_notes};
}

// Nobody is spoken to before something is wanted: the registry itself may be out of reach.
RepositoryAccess RegistryClient::OpenRouted(const oci::Repository& repository, Route route) {
  Transport* transport = nullptr;
  {
    const std::lock_guard lock(mutex_);
    std::unique_ptr<Transport>& slot = routed_[repository];
    if (!slot) {
      const auto sessions = [this](const Upstream& upstream,
                                   RoutedTransport::Role role) -> HostSession& {
        const bool mirror = role == RoutedTransport::Role::kMirror;
        return SessionFor(upstream, mirror ? parts_->mirror_credentials : parts_->credentials);
      };
      slot = std::make_unique<RoutedTransport>(repository, std::move(route), sessions,
                                               parts_->reporter);
    }
    transport = slot.get();
  }
  return {repository,
          Access::kPull,
          Endpoints(RoutedTransport::Base(repository.host), repository.path),
          ScopeSet({Scope::ForRepository(repository.path, {"pull"})}),
          transport,
          &parts_->no_habits,
          &parts_->backoff,
          &parts_->reporter,
          {}};
}

Secret RegistryClient::Authenticate(const oci::RegistryHost& host, const Credential& credential) {
  const Route route = parts_->rules.RouteOf({host, ""});
  parts_->Learn(route.origin);
  FixedCredential fixed(credential);
  HostSession session(parts_->retrying, fixed, route.origin);
  const Url base = session.base();
  session.transport().AskForIdentity();
  HttpResponse response =
      session.transport().Send(HttpRequest(Method::kGet, Endpoints::Ping(base)));
  if (response.Ok()) return session.transport().NewestIdentity({});
  if (response.status == 401 || response.status == 403) {
    throw Error(ErrorKind::kUnauthorized,
                fmt::format("{} refuses the user name or password", host.name()));
  }
  throw Error(ErrorKind::kUnavailable,
              fmt::format("{} answers {}: is it a registry?", base.ToString(), response.status));
}

}  // namespace ibuild::registry
