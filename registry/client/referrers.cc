#include "registry/client/referrers.h"

#include <fmt/format.h>

#include <algorithm>

#include "oci/manifest.h"
#include "oci/media_type.h"
#include "registry/client/error_response.h"
#include "registry/client/manifests.h"
#include "registry/client/tags.h"
#include "registry/http/transport.h"
#include "support/error.h"

namespace ibuild::registry {
namespace {

constexpr std::size_t kPageLimit = 8u << 20;
constexpr std::size_t kMostReferrers = 10'000;

bool LacksApi(const HttpResponse& response) {
  if (response.status == 404 || response.status == 400 || response.status == 405) return true;
  return response.Ok() && ContentType(response.headers) != oci::kOciIndex;
}

// Nothing when the registry has no such endpoint.
std::optional<std::vector<oci::Descriptor>> AskApi(const RepositoryAccess& access,
                                                   const oci::Digest& subject,
                                                   const std::string& artifact_type) {
  const std::string what = fmt::format("referrers of {}", subject.ToString());
  std::vector<oci::Descriptor> found;
  std::optional<Url> page = access.endpoints.Referrers(subject, artifact_type);
  while (page && found.size() < kMostReferrers) {
    HttpRequest request = access.Request(Method::kGet, *page);
    request.headers.Add("Accept", oci::kOciIndex);
    request.answer_limit = kPageLimit;
    HttpResponse response = access.transport->Send(request);
    if (LacksApi(response)) return std::nullopt;
    if (!response.Ok()) throw ErrorFromResponse(response, access, what);
    const std::string text = ReadBody(response, kPageLimit, what);
    const oci::ManifestOrIndex document = oci::ParseManifest(text, oci::kOciIndex, what);
    const oci::Index& index = std::get<oci::Index>(document);
    found.insert(found.end(), index.manifests.begin(), index.manifests.end());
    const auto link = NextLink(response.headers.GetAll("Link"));
    if (!link || index.manifests.empty()) break;
    const Url next = response.url.Resolve(*link);
    if (next.origin() != response.url.origin() || next == *page) break;
    page = next;
  }
  return found;
}

std::vector<oci::Descriptor> AskTag(const RepositoryAccess& access, const oci::Digest& subject) {
  const ManifestClient manifests(access);
  const std::string tag = ReferrersTag(subject);
  if (manifests.Head(tag).presence != Presence::kPresent) return {};
  const FetchedManifest fetched = manifests.Get(tag);
  const auto* index = std::get_if<oci::Index>(&fetched.document);
  if (index == nullptr || fetched.descriptor.digest == subject) return {};
  return index->manifests;
}

bool Names(const std::vector<oci::Descriptor>& list, const oci::Digest& digest) {
  return std::any_of(list.begin(), list.end(),
                     [&](const oci::Descriptor& entry) { return entry.digest == digest; });
}

void PutUnderTag(const RepositoryAccess& access, const oci::Digest& subject,
                 std::vector<oci::Descriptor> referrers) {
  std::sort(referrers.begin(), referrers.end(),
            [](const auto& a, const auto& b) { return a.digest < b.digest; });
  const oci::Index index{.media_type = std::string(oci::kOciIndex),
                         .manifests = std::move(referrers)};
  const std::string text = oci::Serialize(index);
  ManifestClient(access).Put(ReferrersTag(subject), oci::DescriptorOf(index.media_type, text),
                             text);
}

}  // namespace

void RecordReferrer(const RepositoryAccess& access, const oci::Digest& subject,
                    const oci::Descriptor& referrer) {
  if (AskApi(access, subject, {})) return;
  constexpr int kMostTries = 3;
  for (int tries = 0; tries < kMostTries; ++tries) {
    std::vector<oci::Descriptor> known = AskTag(access, subject);
    if (Names(known, referrer.digest)) return;  // by us, and read back
    known.push_back(referrer);
    PutUnderTag(access, subject, std::move(known));
  }
  if (Names(AskTag(access, subject), referrer.digest)) return;
  throw Error(ErrorKind::kUnavailable,
              fmt::format("others keep writing the list of what refers to {}", subject.ToString()));
}

std::string ReferrersTag(const oci::Digest& subject) { return "sha256-" + subject.hex(); }

std::vector<oci::Descriptor> ListReferrers(const RepositoryAccess& access,
                                           const oci::Digest& subject,
                                           const std::string& artifact_type) {
  auto found = AskApi(access, subject, artifact_type);
  if (!found) found = AskTag(access, subject);
  // A registry may ignore the filter.
  std::erase_if(*found, [&](const oci::Descriptor& descriptor) {
    return !artifact_type.empty() && descriptor.artifact_type != artifact_type;
  });
  return std::move(*found);
}

}  // namespace ibuild::registry
