// Annotations as users write them: --annotation, and the keys of --output.
//
//   --annotation [PLACE[,PLACE...]:]KEY=VALUE
//   -o type=oci,annotation[-PLACE].KEY=VALUE
//   PLACE ::= (manifest | manifest-descriptor | index | index-descriptor)["[" OS/ARCH "]"]
//
// Without PLACE it is the manifest.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/building/fields.h"
#include "layers/archive/annotation.h"

namespace ibuild::cli {

// One for each place. Throws kUsage.
std::vector<layers::Annotation> ParseAnnotation(const std::string& text);

// Nothing when the field is about something else. Throws kUsage.
std::optional<layers::Annotation> ParseAnnotationField(const Field& field);

}  // namespace ibuild::cli
