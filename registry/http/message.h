// HTTP requests and responses as values (RFC 9110).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "registry/auth/credential.h"
#include "registry/auth/scope.h"
#include "registry/http/address_class.h"
#include "registry/http/url.h"
#include "support/byte_stream.h"

namespace ibuild::registry {

// In order of arrival, names compared without regard to case.
class Headers {
 public:
  // Throws kInvalidInput for a line break or NUL in either: no text may smuggle in a header.
  void Add(std::string_view name, std::string_view value);
  void Set(std::string_view name, std::string_view value);  // replaces
  void Remove(std::string_view name);

  std::optional<std::string> Get(std::string_view name) const;  // the first
  std::vector<std::string> GetAll(std::string_view name) const;
  const std::vector<std::pair<std::string, std::string>>& all() const { return all_; }

 private:
  std::vector<std::pair<std::string, std::string>> all_;
};

enum class Method { kGet, kHead, kPost, kPut, kPatch, kDelete };
std::string_view ToString(Method method);

// Re-openable, so that a request can be sent again after a refused token or a lost connection.
struct RequestBody {
  std::uint64_t size = 0;
  std::function<std::unique_ptr<ByteSource>()> open;  // exactly `size` bytes, from the start
};
RequestBody BodyOfText(std::string text);

// May this request be repeated by the transport when the network or the server fails?
enum class RetryRule {
  kRetry,
  kOnce,   // the caller has its own way of going on (an upload asks how far it got)
  kNever,  // a mere attempt: not even a refused token is a reason to ask again
};

// Whom to believe to be the registry that the user named.
enum class Trust {
  kVerified,  // a certificate that an authority vouches for
  kAnybody,   // the user said that this registry is insecure
};

struct HttpRequest {
  HttpRequest(Method the_method, Url the_url, ScopeSet the_scopes = {})
      : method(the_method), url(std::move(the_url)), scopes(std::move(the_scopes)) {}

  Method method;
  Url url;
  Headers headers;
  std::optional<RequestBody> body;
  ScopeSet scopes;  // what a token for it must allow
  RetryRule retry = RetryRule::kRetry;
  // Not 0: the body of a good answer is read to its end, this many bytes at most, as a part of the
  // attempt, so that an answer that breaks off is asked for again.
  std::size_t answer_limit = 0;
  Trust trust = Trust::kVerified;
  // The process ends after it: when it is stopped, nobody waits for a name that is being looked up,
  // which libcurl otherwise does, as long as the resolver's patience lasts.
  bool last = false;
  bool past_mirrors = false;  // of the registry itself, after a mirror had it wrong
  PeerRule peers = PeerRule::kAny;
  std::chrono::seconds first_byte_timeout{60};
  std::stop_token stop;
};

struct HttpResponse {
  explicit HttpResponse(Url the_url)
      : body(std::make_unique<StringSource>("")), url(std::move(the_url)) {}

  int status = 0;
  Headers headers;
  std::unique_ptr<ByteSource> body;            // never null; throws NetworkError when it breaks off
  Url url;                                     // what answered, after redirects
  AddressClass peer = AddressClass::kUnknown;  // unknown behind a proxy
  bool redirected = false;
  bool mirrored = false;                     // a mirror's answer
  std::optional<UsedCredential> credential;  // whose credential the request carried
  std::vector<Secret> sent;                  // what it carried, not to be shown (server_words.h)

  bool Ok() const { return status >= 200 && status < 300; }
};

// The whole body; more than `limit` bytes is kResourceExhausted naming `what`.
std::string ReadBody(HttpResponse& response, std::size_t limit, std::string_view what);
// "application/json; charset=utf-8" gives "application/json", in lower case.
std::string ContentType(const Headers& headers);
// Content-Length, when there is one and it is a number.
std::optional<std::uint64_t> ContentLength(const Headers& headers);

}  // namespace ibuild::registry
