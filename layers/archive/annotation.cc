#include "layers/archive/annotation.h"

#include <algorithm>

namespace ibuild::layers {

void AddAnnotations(const std::vector<Annotation>& annotations, AnnotationPlace place,
                    const std::optional<oci::Platform>& platform, oci::Annotations& target) {
  for (const Annotation& annotation : annotations) {
    if (annotation.place != place) continue;
    if (annotation.platform && (!platform || oci::Normalize(*platform) != annotation.platform)) {
      continue;
    }
    target[annotation.key] = annotation.value;
  }
}

bool NeedsIndex(const std::vector<Annotation>& annotations) {
  return std::any_of(annotations.begin(), annotations.end(), [](const Annotation& annotation) {
    return annotation.place == AnnotationPlace::kIndex ||
           annotation.place == AnnotationPlace::kIndexDescriptor;
  });
}

}  // namespace ibuild::layers
