#include "registry/transfer/copy.h"

#include <set>

#include "oci/media_type.h"
#include "registry/client/referrers.h"
#include "registry/transfer/image_graph.h"
#include "registry/transfer/registry_source.h"

namespace ibuild::registry {
namespace {

constexpr int kMostDepth = 8;  // of referrers to referrers
constexpr std::size_t kMostCopied = 1000;

class ReferrersCopier {
 public:
  ReferrersCopier(const CopyRequest& request, RegistryClient& from, RegistryClient& to,
                  Reporter& reporter)
      : request_(request),
        from_(from),
        to_(to),
        reporter_(reporter),
        access_(from.Open(request.source.repository(), Access::kPull)) {
    access_.stop = request.stop;
  }

  // Of the document and of everything that it names.
  void CopyAll(oci::BlobSource& source, const oci::Descriptor& root) {
    for (const GraphDocument& document : ReadImageGraph(source, root).documents) {
      CopyOf(document.descriptor.digest, 0);
    }
  }

 private:
  // NOLINTNEXTLINE(misc-no-recursion): kMostDepth bounds it, and each is visited once
  void CopyOf(const oci::Digest& subject, int depth) {
    if (depth > kMostDepth || !seen_.insert(subject).second) return;
    for (const oci::Descriptor& referrer : ListReferrers(access_, subject)) {
      if (seen_.size() > kMostCopied) return;
      CopyOne(referrer.digest.ToString(), depth);
    }
    for (const char* suffix : {".sig", ".att", ".sbom"}) {
      const std::string tag = ReferrersTag(subject) + suffix;
      if (ManifestClient(access_).Head(tag).presence == Presence::kPresent) CopyOne(tag, depth);
    }
  }

  // NOLINTNEXTLINE(misc-no-recursion): see CopyOf
  void CopyOne(const std::string& selector, int depth) {
    const auto digest = oci::Digest::TryParse(selector);
    const auto name = [&](const oci::Repository& repository) {
      return digest ? oci::Reference(repository, std::nullopt, *digest)
                    : oci::Reference(repository, selector, std::nullopt);
    };
    RegistrySource source(from_, name(request_.source.repository()), request_.stop);
    PushRequest push{name(request_.target.repository()), source.root().descriptor};
    push.mount_from = {request_.source.repository()};
    push.stop = request_.stop;
    Push(push, source, to_, reporter_);
    CopyOf(source.root().descriptor.digest, depth + 1);
  }

  const CopyRequest& request_;
  RegistryClient& from_;
  RegistryClient& to_;
  Reporter& reporter_;
  RepositoryAccess access_;
  std::set<oci::Digest> seen_;
};

}  // namespace

PushReceipt CopyImage(const CopyRequest& request, RegistryClient& from, RegistryClient& to,
                      Reporter& reporter) {
  RegistrySource source(from, request.source, request.stop);
  if (request.platform) source.Choose(*request.platform);
  PushRequest push{request.target, source.root().descriptor};
  push.mount_from = {request.source.repository()};
  push.stop = request.stop;
  PushReceipt receipt = Push(push, source, to, reporter);
  if (request.referrers) {
    ReferrersCopier(request, from, to, reporter).CopyAll(source, source.root().descriptor);
  }
  return receipt;
}

}  // namespace ibuild::registry
