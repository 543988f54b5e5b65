// InProcessRegistry: a registry in this process that speaks the OCI distribution-spec over a
// loopback socket, can demand Basic or Bearer authentication, and can be told to misbehave.
//
// It is strict where registries are: an early manifest is refused, ranges are checked, a digest
// that does not fit is refused. Every request is written down.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "tests/fakes/http_server.h"
#include "tests/fakes/registry_model.h"

namespace ibuild::fakes {

enum class AuthKind { kNone, kBasic, kToken };

struct RegistryBehaviour {
  AuthKind auth = AuthKind::kNone;
  std::map<std::string, std::string> users = {};  // name to password
  bool anonymous_pull = false;
  std::optional<int> token_uses = {};   // a token dies after so many requests
  std::optional<int> expires_in = 300;  // what token answers claim; nothing: left out
  std::string token_field = "token";
  bool sessions_survive = true;  // an upload may go on after a broken connection
  bool ranges = true;            // Range is honoured
  std::optional<ServerTls> tls = {};
};

// Something that goes wrong with requests that match, so many times.
struct Fault {
  std::string method;     // empty: any
  std::string path_part;  // empty: any
  int times = 1;          // negative: always
  // True: the request has been answered. False: it goes on to be answered as usual.
  std::function<bool(const FakeRequest&, FakeConnection&)> act;
};
// The usual ones.
std::function<bool(const FakeRequest&, FakeConnection&)> AnswerWith(FakeResponse response);
std::function<bool(const FakeRequest&, FakeConnection&)> AnswerWith(int status);
std::function<bool(const FakeRequest&, FakeConnection&)> TamperWith(Tampering tampering);

class InProcessRegistry {
 public:
  explicit InProcessRegistry(RegistryBehaviour behaviour = {});

  std::string Host() const;  // "127.0.0.1:PORT", as in references
  std::string Name(const std::string& rest) const { return Host() + "/" + rest; }
  std::size_t connections() const { return server_->connections(); }

  void Inject(Fault fault);
  // "GET /v2/a/b/manifests/1", in order; the query is left out.
  std::vector<std::string> Requests() const;
  std::vector<FakeRequest> Seen() const;  // all that is known of them
  std::size_t CountRequests(const std::string& prefix) const;
  // The header of every request so far whose line begins with the prefix.
  std::vector<std::string> HeadersSeen(const std::string& prefix, const std::string& name) const;

  // The content, under the lock of the server.
  void WithModel(const std::function<void(RegistryModel&)>& work);
  bool HasBlob(const std::string& repository, const oci::Digest& digest);
  std::optional<std::string> TagDigest(const std::string& repository, const std::string& tag);

 private:
  void Handle(const FakeRequest& request, FakeConnection& connection);
  bool ActOnFault(const FakeRequest& request, FakeConnection& connection);
  bool Authorize(const FakeRequest& request, FakeConnection& connection);
  void RefuseToken(const FakeRequest& request, FakeConnection& connection);
  void AnswerToken(const FakeRequest& request, FakeConnection& connection);
  void Route(const FakeRequest& request, FakeConnection& connection);
  FakeResponse Manifests(const FakeRequest& request, FakeConnection& connection,
                         const std::string& repository, const std::string& selector);
  FakeResponse Blobs(const FakeRequest& request, const std::string& repository,
                     const std::string& digest);
  FakeResponse Uploads(const FakeRequest& request, FakeConnection& connection,
                       const std::string& repository, const std::string& id);
  FakeResponse StartUpload(const FakeRequest& request, const std::string& repository);
  FakeResponse Patch(const FakeRequest& request, FakeConnection& connection,
                     const std::string& repository, const std::string& id);
  FakeResponse Commit(const FakeRequest& request, FakeConnection& connection,
                      const std::string& repository, const std::string& id);
  FakeResponse Tags(const std::string& repository);
  bool Receive(FakeConnection& connection, const std::string& id);

  RegistryBehaviour behaviour_;
  mutable std::mutex mutex_;
  RegistryModel model_;
  std::vector<Fault> faults_;
  std::vector<FakeRequest> requests_;
  std::map<std::string, int> token_uses_left_;
  std::map<std::string, std::vector<std::string>> token_scopes_;
  std::unique_ptr<FakeHttpServer> server_;  // last: it stops before the rest goes
};

}  // namespace ibuild::fakes
