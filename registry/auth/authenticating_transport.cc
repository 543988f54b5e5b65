#include "registry/auth/authenticating_transport.h"

#include <algorithm>
#include <iterator>

#include "registry/http/server_words.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::registry {
namespace {

constexpr int kMostRounds = 3;

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
  HttpRequest with = request;
  // Set: what the file says twice is sent once.
  for (const auto& [name, value] : credentials_.Headers()) with.headers.Set(name, value);
  const bool shows_one = pass && !pass->authorization.empty();
  if (shows_one) with.headers.Set("Authorization", pass->authorization);
  HttpResponse response = inner_.Send(with);
  response.sent = SecretsOf(with.headers);
  if (!pass) return response;
  response.credential = pass->credential;
  if (!response.Ok()) AddWhatTheServerKnows(request, response);
  return response;
}

// A token was had for a password: a refusal may repeat that, too.
void AuthenticatingTransport::AddWhatTheServerKnows(const HttpRequest& request,
                                                    HttpResponse& refusal) {
  const auto credential = credentials_.Find(host_, request.scopes.PrimaryRepository());
  if (!credential) return;
  std::ranges::move(SecretsOf(*credential), std::back_inserter(refusal.sent));
  AddForms(NewestIdentity(credential->identity_token), &refusal.sent);
}

HttpResponse AuthenticatingTransport::Send(const HttpRequest& request) {
  if (request.url.origin() != base_.origin()) return inner_.Send(request);
  std::optional<Pass> pass;
  if (const auto door = KnownDoor()) pass = OpenDoor(*door, request, {}, TokenUse::kShared);
  HttpResponse response = SendWith(request, pass);
  for (int round = 0; round < kMostRounds; ++round) {
    if (response.status != 401 || response.redirected) return response;
    if (pass && request.retry == RetryRule::kNever) return response;
    response =
        Knock(request, std::move(response), pass, round == 0 ? TokenUse::kShared : TokenUse::kOwn);
    // One that nobody else has had says no for good.
    if (pass->cached_as.empty() || tokens_.WasOursAlone(pass->cached_as, pass->token)) break;
  }
  return response;
}

// Tries the doors that a refusal names, in turn; `pass` becomes what was shown last.
HttpResponse AuthenticatingTransport::Knock(const HttpRequest& request, HttpResponse refusal,
                                            std::optional<Pass>& pass, TokenUse use) {
  const std::vector<Door> doors = DoorsOf(refusal);
  const std::optional<Pass> refused = std::exchange(pass, std::nullopt);
  HttpResponse response = std::move(refusal);
  for (const Door& door : doors) {
    auto next = OpenDoor(door, request, refused ? refused->token : Secret(), use);
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
    const Door& door, const HttpRequest& request, const Secret& refused, TokenUse use) {
  const auto credential = credentials_.Find(host_, request.scopes.PrimaryRepository());
  if (door.challenge.scheme == "bearer") {
    return PassByToken(door, request, refused, credential, use);
  }
  if (!credential || !credential->HasPassword()) return std::nullopt;
  return Pass{BasicAuthorization(credential->username, credential->password),
              UsedCredential{credential->username, credential->source}};
}

AuthenticatingTransport::Pass AuthenticatingTransport::PassByToken(
    const Door& door, const HttpRequest& request, const Secret& refused,
    std::optional<Credential> credential, TokenUse use) {
  std::optional<UsedCredential> used;
  if (credential) used = UsedCredential{credential->username, credential->source};
  if (credential && !credential->registry_token.empty()) {
    return {"Bearer " + credential->registry_token.Reveal(), used, credential->registry_token};
  }
  TokenRequest wanted{Url::Parse(door.challenge.Parameter("realm")),
                      door.challenge.Parameter("service"),
                      ScopesFor(request, door.challenge),
                      door.realm_peers,
                      request.stop,
                      offline_};
  // A server may replace the refresh token with each use.
  const Secret given = credential ? credential->identity_token : Secret();
  if (const Secret newest = NewestIdentity(given); !given.empty() && !newest.empty()) {
    credential->identity_token = newest;
  }
  const auto fetch = [&] {
    Token token = FetchToken(wanted, credential);
    if (!token.refresh.empty()) {
      const std::lock_guard lock(mutex_);
      identities_[given.Reveal()] = token.refresh;
    }
    return token;
  };
  if (use == TokenUse::kOwn) {
    const Token token = fetch();
    return {"Bearer " + token.value.Reveal(), used, token.value};
  }
  const std::string key = Join({wanted.realm.Wire(), wanted.service, used ? used->username : "",
                                Join(wanted.scopes.ToStrings(), " ")},
                               "\n");
  const Secret token = tokens_.Get(key, refused, fetch);
  return {"Bearer " + token.Reveal(), used, token, key};
}

Secret AuthenticatingTransport::NewestIdentity(const Secret& given) {
  const std::lock_guard lock(mutex_);
  const auto found = identities_.find(given.Reveal());
  return found == identities_.end() ? Secret() : found->second;
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
