// Annotations that an image gets on its way out (image-spec annotations.md), each with its place.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "oci/descriptor.h"
#include "oci/platform.h"

namespace ibuild::layers {

enum class AnnotationPlace {
  kManifest,            // in the manifest of an image
  kManifestDescriptor,  // where an index, or the layout, lists that manifest
  kIndex,               // in the index of several platforms
  kIndexDescriptor,     // where the layout lists that index
};

struct Annotation {
  AnnotationPlace place = AnnotationPlace::kManifest;
  // Only the image of this platform; nothing: of every one. An index has none.
  std::optional<oci::Platform> platform = {};
  std::string key;
  std::string value;

  friend bool operator==(const Annotation&, const Annotation&) = default;
};

// Adds those of `place` that are meant for `platform` to `target`; later ones win.
void AddAnnotations(const std::vector<Annotation>& annotations, AnnotationPlace place,
                    const std::optional<oci::Platform>& platform, oci::Annotations& target);

// Is there anything that only an index can carry?
bool NeedsIndex(const std::vector<Annotation>& annotations);

}  // namespace ibuild::layers
