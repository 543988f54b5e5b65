// --output: what becomes of a build's result.
//
//   -o type=oci,dest=image.tar     -o type=local,dest=dir     -o dir     -o -
//
// The types and keys are those of docker buildx, as far as this program has them; `image` (also
// `docker` without dest) is the store. Docker ignores keys that it does not know: here they are
// errors.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "layers/archive/export.h"

namespace ibuild::cli {

enum class OutputType { kStore, kRegistry, kOci, kDocker, kLocal, kTar, kCacheOnly };

struct OutputSpec {
  OutputType type = OutputType::kStore;
  std::string destination;         // a path, or "-" for standard output
  bool archive = true;             // oci, docker: one tar file; false: a directory
  std::vector<std::string> names;  // besides --tag
  bool push = false;               // always of a registry output, and of an image if wanted
  bool push_by_digest = false;     // no tag
  bool insecure = false;           // push without TLS, or without trusting its certificate
  // local: a directory for each platform. Nothing: when there are several.
  std::optional<bool> platform_split;
  bool rewrite_timestamp = false;  // no file is younger than SOURCE_DATE_EPOCH
  bool compresses = false;         // `options` say how; the store else keeps its layers plain
  layers::ExportOptions options;
};

OutputSpec ParseOutput(std::string_view text);  // throws kUsage, kUnsupported

}  // namespace ibuild::cli
