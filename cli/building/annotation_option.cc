#include "cli/building/annotation_option.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "support/error.h"
#include "support/suggest.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

using layers::Annotation;
using layers::AnnotationPlace;

struct PlaceName {
  std::string_view name;
  AnnotationPlace place;
};

constexpr std::array kPlaces = {
    PlaceName{"manifest", AnnotationPlace::kManifest},
    PlaceName{"index", AnnotationPlace::kIndex},
    PlaceName{"manifest-descriptor", AnnotationPlace::kManifestDescriptor},
    PlaceName{"index-descriptor", AnnotationPlace::kIndexDescriptor},
};

AnnotationPlace FindPlace(const std::string& name) {
  std::vector<std::string> names;
  for (const PlaceName& known : kPlaces) {
    if (known.name == name) return known.place;
    names.emplace_back(known.name);
  }
  Error error(ErrorKind::kUsage, fmt::format("{} is no place for annotations", Quote(name)));
  const auto nearest = ClosestMatch(name, names);
  throw error.AddHint(nearest ? fmt::format("did you mean `{}`?", *nearest)
                              : fmt::format("places are {}", Join(names, ", ")));
}

// "manifest[linux/arm64]"
Annotation ParsePlace(std::string_view text) {
  const std::size_t bracket = text.find('[');
  Annotation annotation{.place = FindPlace(std::string(text.substr(0, bracket))),
                        .platform = {},
                        .key = {},
                        .value = {}};
  if (bracket == std::string_view::npos) return annotation;
  if (text.back() != ']') {
    throw Error(ErrorKind::kUsage, fmt::format("a bracket is not closed in {}", Quote(text)));
  }
  const auto platform = text.substr(bracket + 1, text.size() - bracket - 2);
  const bool per_image = annotation.place == AnnotationPlace::kManifest ||
                         annotation.place == AnnotationPlace::kManifestDescriptor;
  // As in Docker, an index takes a platform that means nothing.
  const oci::Platform parsed = oci::Platform::Parse(platform);
  if (per_image) annotation.platform = parsed;
  return annotation;
}

}  // namespace

std::vector<Annotation> ParseAnnotation(const std::string& text) {
  const std::size_t equals = text.find('=');
  const std::string key = text.substr(0, equals);
  const std::size_t colon = key.find(':');
  const bool placed = colon != std::string::npos;
  const std::string name = placed ? key.substr(colon + 1) : key;
  if (equals == std::string::npos || name.empty()) {
    throw Error(ErrorKind::kUsage, fmt::format("{} is not KEY=VALUE", Quote(text)));
  }
  const std::string places = placed ? key.substr(0, colon) : "manifest";
  std::vector<Annotation> annotations;
  for (const std::string_view place : Split(places, ',')) {
    annotations.push_back(ParsePlace(place));
    annotations.back().key = name;
    annotations.back().value = text.substr(equals + 1);
  }
  return annotations;
}

std::optional<Annotation> ParseAnnotationField(const Field& field) {
  constexpr std::string_view kWord = "annotation";
  const std::size_t dot = field.key.find('.');
  if (!field.key.starts_with(kWord) || dot == std::string::npos) return std::nullopt;
  std::string place = field.key.substr(kWord.size(), dot - kWord.size());
  if (place.empty() || place.front() == '[') {
    place.insert(0, "manifest");
  } else if (place.front() == '-') {
    place.erase(0, 1);
  } else {
    return std::nullopt;
  }
  Annotation annotation = ParsePlace(place);
  annotation.key = field.key.substr(dot + 1);
  annotation.value = field.value;
  if (annotation.key.empty()) throw Error(ErrorKind::kUsage, "the annotation has no key");
  return annotation;
}

}  // namespace ibuild::cli
