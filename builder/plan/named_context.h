// Named contexts (--build-context NAME=VALUE) as planning sees them: what a name stands for, but
// not where its files are.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <variant>

#include "oci/reference.h"

namespace ibuild::builder {

struct DirectoryContext {};  // files; the solver knows where
struct ImageContext {        // docker-image://
  oci::Reference reference;
};
struct ScratchContext {};  // docker-image://scratch

using NamedContext = std::variant<DirectoryContext, ImageContext, ScratchContext>;
using NamedContexts = std::map<std::string, NamedContext>;  // by name as the user gave it

// Names that mean the same image mean the same context: "alpine", "Alpine" (a stage's name) and
// "docker.io/library/alpine:latest" become "alpine".
std::string NormalizedContextName(std::string_view name);

}  // namespace ibuild::builder
