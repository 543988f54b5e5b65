// Tokens: how long they are good, how they are fetched, and who holds them.
//
// TokenClient speaks the two forms of the token endpoint (distribution's token authentication
// specification): GET with scopes as repeated parameters, and OAuth2 POST for identity tokens.
// Times are counted from receipt on the steady clock, so a wrong wall clock does no harm.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "registry/auth/credential.h"
#include "registry/auth/scope.h"
#include "registry/http/transport.h"
#include "support/secret.h"

namespace ibuild::registry {

using SteadyTime = std::chrono::steady_clock::time_point;

struct Token {
  Secret value;
  SteadyTime received;
  std::chrono::seconds lifetime{60};
  Secret refresh = {};  // for further tokens, when the server gave one

  // Not due for renewal: more than a tenth of its life, and more than ten seconds, are left. A
  // short-lived token is used for half of its life.
  bool Fresh(SteadyTime now) const;
};

// The answer of a token endpoint. Throws kInvalidInput when it holds no token.
Token ParseTokenAnswer(std::string_view text, std::string_view what, SteadyTime now);

struct TokenRequest {
  Url realm;
  std::string service;
  ScopeSet scopes;
  PeerRule peers = PeerRule::kAny;
  std::stop_token stop;
  bool offline = false;  // ask for a refresh token, too: a login
};

class TokenClient {
 public:
  explicit TokenClient(Transport& transport) : transport_(transport) {}

  // Throws kUnauthorized when the credential is refused, naming where it came from.
  Token Fetch(const TokenRequest& request, const std::optional<Credential>& credential);

 private:
  HttpResponse Ask(const TokenRequest& request, const std::optional<Credential>& credential);
  HttpResponse AskByPost(const TokenRequest& request, const Credential& credential);
  HttpResponse AskByGet(const TokenRequest& request, const std::optional<Credential>& credential);

  Transport& transport_;
};

// One token for each key; whoever asks for one that is being fetched waits for it.
class TokenCache {
 public:
  using Fetch = std::function<Token()>;

  // A cached token unless it is stale or its value is `refused`.
  Secret Get(const std::string& key, const Secret& refused, const Fetch& fetch);
  // Nobody but one caller of Get has had this token: when it was refused, it was not used up.
  bool WasOursAlone(const std::string& key, const Secret& value);

 private:
  struct Entry {
    std::mutex mutex;
    std::optional<Token> token;
    int handed_out = 0;  // to so many callers
  };

  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Entry>> entries_;
};

// What of a credential nobody else is to see, in the forms of http/server_words.h.
std::vector<Secret> SecretsOf(const Credential& credential);

// "Basic …" for a user name and password (RFC 7617).
std::string BasicAuthorization(const std::string& username, const Secret& password);

}  // namespace ibuild::registry
