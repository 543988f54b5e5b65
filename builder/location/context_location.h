// What the context argument of a build, or the value of --build-context, means (docker buildx build
// reference, "Build context"). Text only: nothing is looked at.
//
//   PATH                   a directory                       both
//   -                      standard input                    main context only
//   <git address>          see git/git_url.h                 both
//   http:// https://       an archive or a single file       both
//   docker-image://REF     an image's files                  named contexts only
//   oci-layout://PATH      the same, of an OCI layout        named contexts only
//     [:TAG|@DIGEST]
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "builder/git/git_url.h"
#include "oci/reference.h"

namespace ibuild::builder {

struct DirectoryLocation {
  std::filesystem::path path;
};
struct StandardInputLocation {};
struct UrlLocation {
  std::string url;
};
struct ImageLocation {
  std::optional<oci::Reference> reference;  // nothing: docker-image://scratch
};

struct LayoutLocation {
  std::filesystem::path path;
  std::optional<std::string> tag;
  std::optional<oci::Digest> digest;
};

using ContextLocation = std::variant<DirectoryLocation, StandardInputLocation, GitUrl, UrlLocation,
                                     ImageLocation, LayoutLocation>;

// Both throw kInvalidInput for malformed addresses and kUnsupported for schemes that Docker knows
// and this program does not.
ContextLocation ParseMainContext(std::string_view text);
ContextLocation ParseNamedContext(std::string_view text);

}  // namespace ibuild::builder
