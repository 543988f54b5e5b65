#include "registry/auth/authenticating_transport.h"

#include "registry/http/server_words.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::registry {
namespace {

constexpr int kMostRounds = 4;

}  // namespace

AuthenticatingTransport::AuthenticatingTransport(Transport& inner, CredentialSource& credentials,
                                                 oci::RegistryHost host, const Url& base)
    : inner_(inner),
      credentials_(credentials),
      host_(std::move(host)),
      base_(base),
      token_client_(inner) {}

std::optional<AuthenticatingTransport::Door> AuthenticatingTransport::KnownDoor() {
  const std::lock_guard lock(mutex_);
  return known_door_;
}

HttpResponse AuthenticatingTransport::SendWith(const HttpRequest& request,
                                               const std::optional<Pass>& pass) {
  if (!pass) return inner_.Send(request);
  HttpRequest with = request;
  with.headers.Set("Authorization", pass->authorization);
  HttpResponse response = inner_.Send(with);
  response.credential = pass->credential;
  response.sent = SecretsOf(with.headers);
  return response;
}

HttpResponse AuthenticatingTransport::Send(const HttpRequest& request) {
  if (request.url.origin() != base_.origin()) return inner_.Send(request);
  std::optional<Pass> pass;
  if (const auto door = KnownDoor()) pass = OpenDoor(*door, request, {});
  HttpResponse response = SendWith(request, pass);
  for (int round = 0; round < kMostRounds; ++round) {
    if (response.status != 401 || response.redirected) return response;
    response = Knock(request, std::move(response), pass);
    // A token that others had used before may have been used up; one of our own says no for good.
    if (pass && pass->fresh) break;
  }
  return response;
}

// Tries the doors that a refusal names, in turn; `pass` becomes what was shown last.
HttpResponse AuthenticatingTransport::Knock(const HttpRequest& request, HttpResponse refusal,
                                            std::optional<Pass>& pass) {
  const std::vector<Door> doors = DoorsOf(refusal);
  const std::optional<Pass> refused = std::exchange(pass, std::nullopt);
  HttpResponse response = std::move(refusal);
  for (const Door& door : doors) {
    auto next = OpenDoor(door, request, refused ? refused->token : Secret());
    // The very password that was just refused opens nothing.
    if (!next || (refused && next->authorization == refused->authorization)) continue;
    response = SendWith(request, next);
    pass = std::move(next);
    if (response.status == 401) continue;
    const std::lock_guard lock(mutex_);
    known_door_ = door;
    known_door_->challenge.parameters.erase("scope");  // it was this request's
    break;
  }
  if (!pass) pass = Pass{};  // there was nothing to try
  return response;
}

// A 401 without any challenge is met with old servers; the root of the API has one then.
std::vector<AuthenticatingTransport::Door> AuthenticatingTransport::DoorsOf(
    const HttpResponse& refusal) {
  auto challenges = UsableChallenges(ParseChallenges(refusal.headers.GetAll("WWW-Authenticate")));
  Url asked = refusal.url;
  if (refusal.headers.GetAll("WWW-Authenticate").empty()) {
    const HttpResponse root = inner_.Send(HttpRequest(Method::kGet, base_.WithPath("/v2/")));
    challenges = UsableChallenges(ParseChallenges(root.headers.GetAll("WWW-Authenticate")));
    asked = root.url;
  }
  std::vector<Door> doors;
  for (Challenge& challenge : challenges) {
    PeerRule peers = PeerRule::kAny;
    if (challenge.scheme == "bearer") {
      const Url realm = asked.Resolve(challenge.Parameter("realm"));
      peers = CheckServerChoice(asked, refusal.peer, realm, "token realm");
      challenge.parameters["realm"] = realm.Wire();
    }
    doors.push_back({std::move(challenge), peers});
  }
  return doors;
}

std::optional<AuthenticatingTransport::Pass> AuthenticatingTransport::OpenDoor(
    const Door& door, const HttpRequest& request, const Secret& refused) {
  const auto credential = credentials_.Find(host_, request.scopes.PrimaryRepository());
  if (door.challenge.scheme == "bearer") return PassByToken(door, request, refused, credential);
  if (!credential || !credential->HasPassword()) return std::nullopt;
  return Pass{BasicAuthorization(credential->username, credential->password),
              UsedCredential{credential->username, credential->source},
              {},
              true};
}

AuthenticatingTransport::Pass AuthenticatingTransport::PassByToken(
    const Door& door, const HttpRequest& request, const Secret& refused,
    const std::optional<Credential>& credential) {
  std::optional<UsedCredential> used;
  if (credential) used = UsedCredential{credential->username, credential->source};
  if (credential && !credential->registry_token.empty()) {
    return {"Bearer " + credential->registry_token.Reveal(), used, credential->registry_token};
  }
  TokenRequest wanted{Url::Parse(door.challenge.Parameter("realm")),
                      door.challenge.Parameter("service"), ScopesFor(request, door.challenge),
                      door.realm_peers, request.stop};
  const std::string key = Join({wanted.realm.Wire(), wanted.service, used ? used->username : "",
                                Join(wanted.scopes.ToStrings(), " ")},
                               "\n");
  TokenCache::Holding token =
      tokens_.Get(key, refused, [&] { return FetchToken(wanted, credential); });
  return {"Bearer " + token.value.Reveal(), used, token.value, token.fetched};
}

// A refusal of the token server is advised on here, where the host is known; without scopes it is
// a login that asks, and whoever logs in knows what to do.
Token AuthenticatingTransport::FetchToken(const TokenRequest& wanted,
                                          const std::optional<Credential>& credential) {
  try {
    return token_client_.Fetch(wanted, credential);
  } catch (Error& error) {
    if (error.kind() == ErrorKind::kUnauthorized && !wanted.scopes.empty()) {
      error.AddHint((credential ? "log in again: `" : "log in first: `") + LoginCommand(host_) +
                    "`");
    }
    throw;
  }
}

// What the request needs and what the server said it needs; remembered, so that the next request
// of the kind asks for all of it at once.
ScopeSet AuthenticatingTransport::ScopesFor(const HttpRequest& request,
                                            const Challenge& challenge) {
  const std::lock_guard lock(mutex_);
  ScopeSet& scopes = widened_[request.scopes];
  scopes.Merge(request.scopes);
  const ScopeSet demanded = ParseScopeList(challenge.Parameter("scope"));
  if (demanded.PrimaryRepository() == request.scopes.PrimaryRepository()) scopes.Merge(demanded);
  return scopes;
}

}  // namespace ibuild::registry
