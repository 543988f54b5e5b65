// AuthenticatingTransport: adds what a registry wants to see, for that registry's origin alone.
//
// The first request goes out bare; its 401 says how to authenticate (challenge.h), and from then on
// requests carry a token or password from the start. A token that is refused is dropped, fetched
// anew with the scopes that the refusal names and the request, body and all, is sent once more.
// 403 is final. Requests to other origins pass through untouched. A token that is good for a few
// requests only may have been used up by others: the second try has one that nobody else gets.
#pragma once

#include <map>
#include <mutex>
#include <optional>

#include "registry/auth/challenge.h"
#include "registry/auth/credential.h"
#include "registry/auth/token.h"
#include "registry/http/transport.h"

namespace ibuild::registry {

class AuthenticatingTransport final : public Transport {
 public:
  // `base` is the registry's root URL. All must outlive the transport.
  AuthenticatingTransport(Transport& inner, CredentialSource& credentials, oci::RegistryHost host,
                          const Url& base);

  HttpResponse Send(const HttpRequest& request) override;

  // Ask for a refresh token, too: what a login keeps in place of the password.
  void AskForIdentity() { offline_ = true; }
  // The newest refresh token that the server gave in exchange for this one (empty: for a password);
  // empty when it gave none.
  Secret NewestIdentity(const Secret& given);

 private:
  // A challenge that we know how to answer, with where it leads.
  struct Door {
    Challenge challenge;
    PeerRule realm_peers = PeerRule::kAny;
  };
  struct Pass {
    std::string authorization;
    std::optional<UsedCredential> credential;
    Secret token = {};           // empty for Basic
    std::string cached_as = {};  // the token's key; empty: nobody else has it
  };
  enum class TokenUse { kShared, kOwn };

  std::optional<Door> KnownDoor();
  HttpResponse Knock(const HttpRequest& request, HttpResponse refusal, std::optional<Pass>& pass,
                     TokenUse use);
  std::vector<Door> DoorsOf(const HttpResponse& refusal);
  std::optional<Pass> OpenDoor(const Door& door, const HttpRequest& request, const Secret& refused,
                               TokenUse use);
  Pass PassByToken(const Door& door, const HttpRequest& request, const Secret& refused,
                   std::optional<Credential> credential, TokenUse use);
  Token FetchToken(const TokenRequest& wanted, const std::optional<Credential>& credential);
  ScopeSet ScopesFor(const HttpRequest& request, const Challenge& challenge);
  void AddWhatTheServerKnows(const HttpRequest& request, HttpResponse& refusal);
  HttpResponse SendWith(const HttpRequest& request, const std::optional<Pass>& pass);

  Transport& inner_;
  CredentialSource& credentials_;
  oci::RegistryHost host_;
  Url base_;
  TokenClient token_client_;
  TokenCache tokens_;
  std::mutex mutex_;
  std::optional<Door> known_door_;
  std::map<ScopeSet, ScopeSet> widened_;  // what was asked, what it took
  bool offline_ = false;
  std::map<std::string, Secret> identities_;  // by the one that was given
};

}  // namespace ibuild::registry
