// Image manifests and indexes (image-spec manifest.md, image-index.md; Docker's schema 2).
//
// Parsing is for deciding what to do; bytes that came from elsewhere are stored and sent on as
// they are, never re-serialised. Parse throws kInvalidInput: a document with both `layers` and
// `manifests` (CVE-2021-41190), or whose mediaType contradicts the type it was served under; and
// kUnsupported: schema 1 (with the advice to push it again), types that are no image.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "oci/descriptor.h"

namespace ibuild::oci {

struct Manifest {
  std::string media_type;
  std::string artifact_type = {};
  Descriptor config;
  std::vector<Descriptor> layers = {};
  std::optional<Descriptor> subject = {};
  Annotations annotations = {};
};

struct Index {
  std::string media_type;
  std::string artifact_type = {};
  std::vector<Descriptor> manifests = {};
  std::optional<Descriptor> subject = {};
  Annotations annotations = {};
};

using ManifestOrIndex = std::variant<Manifest, Index>;

// `served_type`: the Content-Type or descriptor type, empty or generic when not known. `what`
// names the document in errors.
ManifestOrIndex ParseManifest(std::string_view text, std::string_view served_type,
                              std::string_view what);
std::string_view MediaTypeOf(const ManifestOrIndex& document);

// Two-space indented, keys in the order of the specification.
std::string Serialize(const Manifest& manifest);
std::string Serialize(const Index& index);

// The entry of an index that suits `wanted`: attestations, unknown types and unknown/unknown
// platforms are passed over, the first of the best rank wins; an entry without platform is the
// last resort. Throws kNotFound listing the platforms there are.
const Descriptor& ChoosePlatform(const Index& index, const Platform& wanted, std::string_view what);

}  // namespace ibuild::oci
