#include "tests/fakes/in_process_registry.h"

#include <fmt/format.h>

#include <algorithm>

#include "support/error.h"
#include "support/text.h"
#include "tests/fakes/token_issuer.h"

namespace ibuild::fakes {
namespace {

FakeResponse Complaint(int status, const std::string& code, const std::string& message) {
  return {.status = status,
          .headers = {{"Content-Type", "application/json"}},
          .body = fmt::format(R"({{"errors":[{{"code":"{}","message":"{}"}}]}})", code, message)};
}

bool IsRead(const std::string& method) { return method == "GET" || method == "HEAD"; }

// "/v2/<repository>/<kind>/<rest>".
struct Route {
  std::string repository;
  std::string kind;
  std::string rest;
};

std::optional<Route> ParseRoute(const std::string& path) {
  for (const char* kind : {"/manifests/", "/blobs/uploads/", "/blobs/", "/tags/"}) {
    const std::size_t at = path.find(kind);
    if (at == std::string::npos || at < 4) continue;
    return Route{path.substr(4, at - 4), kind, path.substr(at + std::string_view(kind).size())};
  }
  return std::nullopt;
}

std::string UploadUrl(const std::string& repository, const std::string& id) {
  return fmt::format("/v2/{}/blobs/uploads/{}?_state=a%2Fb+c", repository, id);
}

}  // namespace

std::function<bool(const FakeRequest&, FakeConnection&)> AnswerWith(FakeResponse response) {
  return [response](const FakeRequest&, FakeConnection& connection) {
    connection.ReadWholeBody();
    connection.Send(response);
    return true;
  };
}

std::function<bool(const FakeRequest&, FakeConnection&)> AnswerWith(int status) {
  return AnswerWith(Complaint(status, "UNKNOWN", "as injected"));
}

std::function<bool(const FakeRequest&, FakeConnection&)> TamperWith(Tampering tampering) {
  return [tampering](const FakeRequest&, FakeConnection& connection) {
    connection.Tamper(tampering);
    return false;
  };
}

InProcessRegistry::InProcessRegistry(RegistryBehaviour behaviour)
    : behaviour_(std::move(behaviour)) {
  server_ = std::make_unique<FakeHttpServer>(
      [this](const FakeRequest& request, FakeConnection& connection) {
        Handle(request, connection);
      },
      behaviour_.tls);
}

// With TLS the name that test certificates are made for.
std::string InProcessRegistry::Host() const {
  return behaviour_.tls ? fmt::format("localhost:{}", server_->port()) : server_->Address();
}

void InProcessRegistry::Inject(Fault fault) {
  const std::lock_guard lock(mutex_);
  faults_.push_back(std::move(fault));
}

std::vector<std::string> InProcessRegistry::Requests() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> lines;
  for (const FakeRequest& request : requests_) lines.push_back(request.method + " " + request.path);
  return lines;
}

std::vector<FakeRequest> InProcessRegistry::Seen() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

std::size_t InProcessRegistry::CountRequests(const std::string& prefix) const {
  const std::vector<std::string> lines = Requests();
  return static_cast<std::size_t>(std::count_if(
      lines.begin(), lines.end(), [&](const auto& line) { return line.starts_with(prefix); }));
}

std::vector<std::string> InProcessRegistry::HeadersSeen(const std::string& prefix,
                                                        const std::string& name) const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> values;
  for (const FakeRequest& request : requests_) {
    const std::string line = request.method + " " + request.path;
    if (line.starts_with(prefix)) values.push_back(request.Header(name));
  }
  return values;
}

void InProcessRegistry::WithModel(const std::function<void(RegistryModel&)>& work) {
  const std::lock_guard lock(mutex_);
  work(model_);
}

bool InProcessRegistry::HasBlob(const std::string& repository, const oci::Digest& digest) {
  const std::lock_guard lock(mutex_);
  return model_.FindBlob(repository, digest.ToString()) != nullptr;
}

std::optional<std::string> InProcessRegistry::TagDigest(const std::string& repository,
                                                        const std::string& tag) {
  const std::lock_guard lock(mutex_);
  const auto& tags = model_.repository(repository).tags;
  const auto found = tags.find(tag);
  return found == tags.end() ? std::nullopt : std::optional(found->second);
}

void InProcessRegistry::Handle(const FakeRequest& request, FakeConnection& connection) {
  {
    const std::lock_guard lock(mutex_);
    requests_.push_back(request);
  }
  if (ActOnFault(request, connection)) return;
  if (request.path == "/token") return AnswerToken(request, connection);
  if (!Authorize(request, connection)) return;
  Route(request, connection);
}

bool InProcessRegistry::ActOnFault(const FakeRequest& request, FakeConnection& connection) {
  std::function<bool(const FakeRequest&, FakeConnection&)> act;
  {
    const std::lock_guard lock(mutex_);
    const auto fault = std::find_if(faults_.begin(), faults_.end(), [&](const Fault& candidate) {
      return candidate.times != 0 &&
             (candidate.method.empty() || candidate.method == request.method) &&
             request.path.find(candidate.path_part) != std::string::npos;
    });
    if (fault == faults_.end()) return false;
    if (fault->times > 0) --fault->times;
    act = fault->act;
  }
  return act(request, connection);
}

bool InProcessRegistry::Authorize(const FakeRequest& request, FakeConnection& connection) {
  if (behaviour_.auth == AuthKind::kNone) return true;
  const std::string authorization = request.Header("Authorization");
  if (behaviour_.auth == AuthKind::kBasic) {
    const auto user = CheckBasic(authorization, behaviour_.users);
    const bool known = user && !user->empty();
    if (known || (behaviour_.anonymous_pull && user && IsRead(request.method))) return true;
    FakeResponse refusal = Complaint(401, "UNAUTHORIZED", "authentication required");
    refusal.headers.emplace_back("WWW-Authenticate", "Basic realm=\"test\"");
    connection.Send(refusal);
    return false;
  }
  {
    const std::lock_guard lock(mutex_);
    const std::string token = authorization.starts_with("Bearer ") ? authorization.substr(7) : "";
    const auto left = token_uses_left_.find(token);
    const std::string action = IsRead(request.method) ? "pull" : "push";
    const auto route = ParseRoute(request.path);
    bool allowed = left != token_uses_left_.end() && left->second != 0;
    if (allowed && route) {
      const std::string wanted = "repository:" + route->repository + ":";
      const auto& scopes = token_scopes_[token];
      allowed = std::any_of(scopes.begin(), scopes.end(), [&](const std::string& scope) {
        return scope.starts_with(wanted) && scope.find(action, wanted.size()) != std::string::npos;
      });
    }
    if (allowed) {
      if (left->second > 0) --left->second;
      return true;
    }
  }
  RefuseToken(request, connection);
  return false;
}

void InProcessRegistry::RefuseToken(const FakeRequest& request, FakeConnection& connection) {
  std::string challenge = fmt::format("Bearer realm=\"{}://{}/token\",service=\"test\"",
                                      behaviour_.tls ? "https" : "http", Host());
  if (const auto route = ParseRoute(request.path)) {
    challenge += fmt::format(",scope=\"repository:{}:{}\"", route->repository,
                             IsRead(request.method) ? "pull" : "pull,push");
  }
  FakeResponse refusal = Complaint(401, "UNAUTHORIZED", "authentication required");
  refusal.headers.emplace_back("WWW-Authenticate", challenge);
  connection.Send(refusal);
}

void InProcessRegistry::AnswerToken(const FakeRequest& request, FakeConnection& connection) {
  const std::string form = connection.ReadWholeBody();
  const auto user = CheckBasic(request.Header("Authorization"), behaviour_.users);
  if (!user || (user->empty() && !behaviour_.anonymous_pull && request.method == "GET")) {
    return connection.Send({.status = 401, .body = R"({"details":"who are you?"})"});
  }
  std::vector<std::string> scopes = request.Parameters("scope");
  if (request.method == "POST") {
    const std::string list = FakeRequest{.query = form}.Parameter("scope").value_or("");
    for (const std::string_view scope : Split(list, ' ')) scopes.emplace_back(scope);
  }
  if (user->empty() && request.method == "GET") {
    for (std::string& scope : scopes) scope = scope.substr(0, scope.rfind(':')) + ":pull";
  }
  const std::lock_guard lock(mutex_);
  const std::string token = fmt::format("token-{}", token_uses_left_.size() + 1);
  token_uses_left_[token] = behaviour_.token_uses.value_or(-1);
  token_scopes_[token] = scopes;
  const std::string expiry =
      behaviour_.expires_in ? fmt::format(",\"expires_in\":{}", *behaviour_.expires_in) : "";
  connection.Send(
      {.headers = {{"Content-Type", "application/json"}},
       .body = fmt::format("{{\"{}\":\"{}\"{}}}", behaviour_.token_field, token, expiry)});
}

void InProcessRegistry::Route(const FakeRequest& request, FakeConnection& connection) {
  const auto route = ParseRoute(request.path);
  FakeResponse response = Complaint(404, "UNSUPPORTED", "no such endpoint");
  if (request.path == "/v2/") {
    response = {.body = "{}"};
  } else if (route && route->kind == "/manifests/") {
    response = Manifests(request, connection, route->repository, route->rest);
  } else if (route && route->kind == "/blobs/") {
    response = Blobs(request, route->repository, route->rest);
  } else if (route && route->kind == "/blobs/uploads/") {
    response = Uploads(request, connection, route->repository, route->rest);
  } else if (route && route->kind == "/tags/") {
    response = Tags(route->repository);
  }
  connection.Send(response);
}

FakeResponse InProcessRegistry::Manifests(const FakeRequest& request, FakeConnection& connection,
                                          const std::string& repository,
                                          const std::string& selector) {
  const std::string body = connection.ReadWholeBody();
  const std::lock_guard lock(mutex_);
  std::string digest;
  if (request.method == "PUT") {
    const std::vector<std::string> missing = model_.Missing(repository, body);
    if (!missing.empty()) return Complaint(400, "MANIFEST_BLOB_UNKNOWN", missing.front());
    const std::string tag = selector.find(':') == std::string::npos ? selector : "";
    const auto stored = model_.AddManifest(repository, tag, request.Header("Content-Type"), body);
    return {.status = 201, .headers = {{"Docker-Content-Digest", stored.digest.ToString()}}};
  }
  const StoredManifest* manifest = model_.FindManifest(repository, selector, digest);
  if (manifest == nullptr) return Complaint(404, "MANIFEST_UNKNOWN", "manifest unknown");
  if (request.Header("Accept").find(manifest->media_type) == std::string::npos) {
    return Complaint(404, "MANIFEST_UNKNOWN", "the accept header does not support it");
  }
  return {.headers = {{"Content-Type", manifest->media_type}, {"Docker-Content-Digest", digest}},
          .body = manifest->bytes};
}

FakeResponse InProcessRegistry::Blobs(const FakeRequest& request, const std::string& repository,
                                      const std::string& digest) {
  const std::lock_guard lock(mutex_);
  const std::string* blob = model_.FindBlob(repository, digest);
  if (blob == nullptr) return Complaint(404, "BLOB_UNKNOWN", "blob unknown to registry");
  const std::string range = request.Header("Range");
  if (!behaviour_.ranges || !range.starts_with("bytes=")) return {.body = *blob};
  const std::uint64_t first = ParseUnsigned(Split(range.substr(6), '-').front()).value_or(0);
  if (first >= blob->size()) return {.status = 416};
  return {.status = 206,
          .headers = {{"Content-Range",
                       fmt::format("bytes {}-{}/{}", first, blob->size() - 1, blob->size())}},
          .body = blob->substr(first)};
}

FakeResponse InProcessRegistry::Uploads(const FakeRequest& request, FakeConnection& connection,
                                        const std::string& repository, const std::string& id) {
  if (request.method == "POST") return StartUpload(request, repository);
  if (request.method == "PATCH") return Patch(request, connection, repository, id);
  if (request.method == "PUT") return Commit(request, connection, repository, id);
  const std::lock_guard lock(mutex_);
  const std::string* upload = model_.FindUpload(id);
  if (upload == nullptr) return Complaint(404, "BLOB_UPLOAD_UNKNOWN", "no such upload");
  const std::size_t last = upload->empty() ? 0 : upload->size() - 1;
  return {
      .status = 204,
      .headers = {{"Range", fmt::format("0-{}", last)}, {"Location", UploadUrl(repository, id)}}};
}

FakeResponse InProcessRegistry::StartUpload(const FakeRequest& request,
                                            const std::string& repository) {
  const std::lock_guard lock(mutex_);
  const auto mount = request.Parameter("mount");
  const auto from = request.Parameter("from");
  if (mount && from) {
    if (const std::string* blob = model_.FindBlob(*from, *mount)) {
      model_.AddBlob(repository, "", std::string(*blob));
      return {.status = 201};
    }
  }
  return {.status = 202, .headers = {{"Location", UploadUrl(repository, model_.OpenUpload())}}};
}

// Takes the body in piece by piece, so that what came before a break is kept. False: it broke.
bool InProcessRegistry::Receive(FakeConnection& connection, const std::string& id) {
  while (connection.body_left() > 0) {
    const std::uint64_t before = connection.body_left();
    const std::string piece = connection.ReadBody(std::min<std::uint64_t>(before, 256 << 10));
    const std::lock_guard lock(mutex_);
    std::string* upload = model_.FindUpload(id);
    if (upload != nullptr) *upload += piece;
    if (connection.body_left() == before) {
      if (!behaviour_.sessions_survive) model_.CloseUpload(id);
      return false;
    }
  }
  return true;
}

FakeResponse InProcessRegistry::Patch(const FakeRequest& request, FakeConnection& connection,
                                      const std::string& repository, const std::string& id) {
  {
    const std::lock_guard lock(mutex_);
    const std::string* upload = model_.FindUpload(id);
    if (upload == nullptr) return Complaint(404, "BLOB_UPLOAD_UNKNOWN", "no such upload");
    const std::string range = request.Header("Content-Range");
    if (!range.empty() && !range.starts_with(fmt::format("{}-", upload->size()))) {
      return {.status = 416};
    }
  }
  if (!Receive(connection, id)) throw Error(ErrorKind::kUnavailable, "the client hung up");
  const std::lock_guard lock(mutex_);
  return {.status = 202,
          .headers = {{"Location", UploadUrl(repository, id)},
                      {"Range", fmt::format("0-{}", model_.FindUpload(id)->size() - 1)}}};
}

FakeResponse InProcessRegistry::Commit(const FakeRequest& request, FakeConnection& connection,
                                       const std::string& repository, const std::string& id) {
  if (!Receive(connection, id)) throw Error(ErrorKind::kUnavailable, "the client hung up");
  const std::lock_guard lock(mutex_);
  const std::string* upload = model_.FindUpload(id);
  if (upload == nullptr) return Complaint(404, "BLOB_UPLOAD_UNKNOWN", "no such upload");
  if (request.Parameter("_state") != "a/b c") {
    return Complaint(400, "BLOB_UPLOAD_INVALID", "the state came back changed");
  }
  const std::string digest = request.Parameter("digest").value_or("");
  if (oci::Digest::OfText(*upload).ToString() != digest) {
    return Complaint(400, "DIGEST_INVALID", "provided digest did not match uploaded content");
  }
  model_.AddBlob(repository, "", *upload);
  model_.CloseUpload(id);
  return {.status = 201, .headers = {{"Docker-Content-Digest", digest}}};
}

FakeResponse InProcessRegistry::Tags(const std::string& repository) {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  for (const auto& [tag, digest] : model_.repository(repository).tags) names.push_back(Quote(tag));
  if (names.empty()) return Complaint(404, "NAME_UNKNOWN", "repository name not known");
  return {.body = fmt::format("{{\"name\":\"{}\",\"tags\":[{}]}}", repository, Join(names, ","))};
}

}  // namespace ibuild::fakes
