#include "registry/client/endpoints.h"

#include <fmt/format.h>

#include "support/error.h"
#include "support/text.h"

namespace ibuild::registry {

Endpoints::Endpoints(const Url& base, const std::string& repository_path,
                     const std::string& api_root)
    : base_(base), api_root_(api_root), prefix_(api_root + "/" + repository_path + "/") {}

Url Endpoints::Under(std::string_view rest) const {
  return base_.WithPath(prefix_ + std::string(rest));
}

Url Endpoints::Ping(const Url& base) { return base.WithPath("/v2/"); }

Url Endpoints::Blob(const oci::Digest& digest) const { return Under("blobs/" + digest.ToString()); }

Url Endpoints::Manifest(std::string_view selector) const {
  return Under(fmt::format("manifests/{}", selector));
}

// Without the last slash registries redirect, and a redirected POST becomes a GET.
Url Endpoints::StartUpload() const { return Under("blobs/uploads/"); }

Url Endpoints::Mount(const oci::Digest& digest, std::string_view from) const {
  return StartUpload().WithParameter("mount", digest.ToString()).WithParameter("from", from);
}

Url Endpoints::Tags(std::size_t page_size) const {
  return Under("tags/list").WithParameter("n", std::to_string(page_size));
}

Url Endpoints::Catalog(std::size_t page_size) const {
  return base_.WithPath(api_root_ + "/_catalog").WithParameter("n", std::to_string(page_size));
}

Url Endpoints::Referrers(const oci::Digest& subject, std::string_view artifact_type) const {
  const Url url = Under("referrers/" + subject.ToString());
  return artifact_type.empty() ? url : url.WithParameter("artifactType", artifact_type);
}

Url Endpoints::UploadLocation(const Url& asked, std::string_view location) {
  location = Trim(location);
  if (location.empty()) {
    throw Error(
        ErrorKind::kUnavailable,
        fmt::format("{} opened an upload without saying where (no Location)", asked.ToString()));
  }
  std::string text(location);
  if (text.starts_with(asked.origin().Authority() + "/")) text = "//" + text;
  Url url = asked.Resolve(text);
  // A registry that does not know of the TLS in front of it names itself with http. The way that
  // we came is the better one.
  const bool lost_tls = asked.origin().scheme == Scheme::kHttps &&
                        url.origin().scheme == Scheme::kHttp &&
                        url.origin().host == asked.origin().host;
  if (!lost_tls) return url;
  return asked.Resolve(url.Wire().substr(url.origin().ToString().size()));
}

Url Endpoints::Commit(const Url& location, const oci::Digest& digest) {
  return location.WithParameter("digest", digest.ToString());
}

}  // namespace ibuild::registry
