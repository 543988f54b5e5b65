// The URLs of the OCI distribution-spec ("Endpoints", end-1 … end-13), for one registry and one
// repository. Pure.
#pragma once

#include <string>
#include <string_view>

#include "oci/digest.h"
#include "oci/reference.h"
#include "registry/http/url.h"

namespace ibuild::registry {

class Endpoints {
 public:
  // `base` is the registry's root URL ("https://registry-1.docker.io/").
  // `api_root` is "/v2" unless a mirror has its API elsewhere.
  Endpoints(const Url& base, const std::string& repository_path,
            const std::string& api_root = "/v2");

  static Url Ping(const Url& base);                                   // end-1
  Url Blob(const oci::Digest& digest) const;                          // end-2, end-10
  Url Manifest(std::string_view selector) const;                      // end-3, end-7, end-9
  Url StartUpload() const;                                            // end-4a
  Url Mount(const oci::Digest& digest, std::string_view from) const;  // end-11
  Url Tags(std::size_t page_size) const;                              // end-8b
  Url Catalog(std::size_t page_size) const;  // of the registry; not in the specification
  Url Referrers(const oci::Digest& subject, std::string_view artifact_type) const;  // end-12
  // Where the next request of an upload goes: the Location of the answer to `asked`. A reference
  // that begins with the registry's own authority but lacks a scheme is met in the wild and
  // taken as absolute. Throws kUnavailable when there is none or it leads where it must not.
  static Url UploadLocation(const Url& asked, std::string_view location);
  // end-6: the last request of an upload.
  static Url Commit(const Url& location, const oci::Digest& digest);

 private:
  Url Under(std::string_view rest) const;

  Url base_;
  std::string api_root_;  // "/v2"
  std::string prefix_;    // "/v2/library/debian/"
};

}  // namespace ibuild::registry
