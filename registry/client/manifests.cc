#include "registry/client/manifests.h"

#include <fmt/format.h>

#include "oci/media_type.h"
#include "registry/client/error_response.h"
#include "registry/http/transport.h"
#include "support/error.h"
#include "support/report.h"
#include "support/text.h"

namespace ibuild::registry {
namespace {

constexpr std::size_t kPullLimit = 8u << 20;
constexpr std::size_t kPushLimit = 4u << 20;  // what registries take

std::optional<oci::Digest> DigestHeader(const HttpResponse& response) {
  const auto value = response.headers.Get("Docker-Content-Digest");
  return value ? oci::Digest::TryParse(*value) : std::nullopt;
}

}  // namespace

std::string_view ManifestAccept() {
  static const std::string accept = fmt::format("{}, {}, {}, {}", oci::kOciIndex, oci::kDockerIndex,
                                                oci::kOciManifest, oci::kDockerManifest);
  return accept;
}

std::string ManifestClient::Describe(const std::string& selector) const {
  const bool digest = selector.find(':') != std::string::npos;
  return fmt::format("manifest of {}{}{}", access_.repository.ToString(), digest ? "@" : ":",
                     selector);
}

ManifestHead ManifestClient::Head(const std::string& selector) const {
  HttpRequest request = access_.Request(Method::kHead, access_.endpoints.Manifest(selector));
  request.headers.Add("Accept", ManifestAccept());
  const HttpResponse response = access_.transport->Send(request);
  if (response.status == 404) return {Presence::kMissing, std::nullopt};
  if (!response.Ok()) return {Presence::kUnknown, std::nullopt};
  return {Presence::kPresent, DigestHeader(response)};
}

FetchedManifest ManifestClient::Get(const std::string& selector) const {
  const std::string what = Describe(selector);
  HttpRequest request = access_.Request(Method::kGet, access_.endpoints.Manifest(selector));
  request.headers.Add("Accept", ManifestAccept());
  request.headers.Add("Accept-Encoding", "identity");
  request.answer_limit = kPullLimit;
  HttpResponse response = access_.transport->Send(request);
  if (!response.Ok()) throw ErrorFromResponse(response, access_, what);
  std::string bytes = ReadBody(response, kPullLimit, what);
  const std::string served_type = ContentType(response.headers);
  const oci::Digest digest = oci::Digest::OfText(bytes);
  if (const auto wanted = oci::Digest::TryParse(selector); wanted && *wanted != digest) {
    if (response.mirrored) return PastMirrors().Get(selector);
    throw Error(ErrorKind::kCorrupt,
                fmt::format("{}: the registry sent bytes with digest {}", what, digest.ToString()));
  }
  CompareDigestHeader(response, digest);
  oci::ManifestOrIndex document = oci::ParseManifest(bytes, served_type, what);
  oci::Descriptor descriptor = oci::DescriptorOf(std::string(MediaTypeOf(document)), bytes);
  return {std::move(descriptor), std::move(bytes), std::move(document)};
}

ManifestClient ManifestClient::PastMirrors() const {
  RepositoryAccess access = access_;
  access.past_mirrors = true;
  return ManifestClient(access);
}

// Too many registries send a wrong one for it to be an error; the bytes decide.
void ManifestClient::CompareDigestHeader(const HttpResponse& response,
                                         const oci::Digest& actual) const {
  const auto claimed = DigestHeader(response);
  if (!claimed || *claimed == actual) return;
  access_.reporter->Log(LogLevel::kWarning, fmt::format("{} calls a manifest {} whose digest is {}",
                                                        access_.repository.host.name(),
                                                        claimed->ToString(), actual.ToString()));
}

void ManifestClient::Put(const std::string& selector, const oci::Descriptor& descriptor,
                         const std::string& bytes) const {
  const std::string what = Describe(selector);
  if (bytes.size() > kPushLimit) {
    throw Error(ErrorKind::kResourceExhausted,
                fmt::format("{}: {} bytes are more than registries take", what, bytes.size()));
  }
  HttpRequest request = access_.Request(Method::kPut, access_.endpoints.Manifest(selector));
  request.headers.Add("Content-Type", descriptor.media_type);
  request.body = BodyOfText(bytes);
  HttpResponse response = access_.transport->Send(request);
  if (!response.Ok()) {
    const bool oci =
        descriptor.media_type == oci::kOciManifest || descriptor.media_type == oci::kOciIndex;
    throw ErrorFromResponse(response, access_, "pushing the " + what,
                            oci ? "a registry that does not know OCI's media types may take "
                                  "Docker's: push with `--format docker`"
                                : "");
  }
  const auto stored = DigestHeader(response);
  if (stored && *stored != descriptor.digest) {
    throw Error(ErrorKind::kCorrupt, fmt::format("{}: the registry stored it as {}, not {}", what,
                                                 stored->ToString(), descriptor.digest.ToString()));
  }
}

bool ManifestClient::Delete(const oci::Digest& digest) const {
  HttpResponse response = access_.transport->Send(
      access_.Request(Method::kDelete, access_.endpoints.Manifest(digest.ToString())));
  if (response.status == 404) return false;
  if (!response.Ok()) throw ErrorFromResponse(response, access_, Describe(digest.ToString()));
  return true;
}

bool ManifestClient::DeleteTag(const std::string& tag) const {
  HttpResponse response =
      access_.transport->Send(access_.Request(Method::kDelete, access_.endpoints.Manifest(tag)));
  if (response.status == 404) return false;
  if (response.Ok()) return true;
  Error error = ErrorFromResponse(response, access_, "deleting the " + Describe(tag));
  const bool digests_only = response.status == 400 || response.status == 405;
  if (digests_only) throw Error(ErrorKind::kUnsupported, error.message());
  throw error;
}

}  // namespace ibuild::registry
