// --output: what becomes of a build's result.
//
//   -o type=oci,dest=image.tar     -o type=local,dest=dir     -o dir     -o -
//
// The types and attributes are those of docker buildx, as far as this program has them; `image`
// (also `docker` without dest) is the store.
#pragma once

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
  bool push_by_digest = false;     // registry: no tag
  bool platform_split = true;      // local, tar: a directory for each of several platforms
  bool rewrite_timestamp = false;  // no file is younger than SOURCE_DATE_EPOCH
  layers::ExportOptions options;
};

OutputSpec ParseOutput(std::string_view text);  // throws kUsage, kUnsupported

}  // namespace ibuild::cli
