// A build from options to outputs: what `build` and other tools' forms of it share.
#pragma once

#include <optional>
#include <string>

#include "builder/build.h"
#include "cli/building/build_options.h"
#include "cli/wiring.h"

namespace ibuild::cli {

struct BuildOutcome {
  int exit_code = 0;
  std::string printed;  // for standard output: the id, or the digest of what was pushed
  std::optional<oci::Descriptor> root;  // in the form that was pushed or written last
};

// `location`: of the context. `options` get their defaults and the context.
BuildOutcome RunBuild(Wiring& wiring, BuildOptions& options, const std::string& location);

// Only the build: nothing is named, written or pushed. `reporter`: in place of the wiring's.
builder::BuildResult BuildHere(Wiring& wiring, const builder::BuildRequest& request,
                               oci::ImageResolver& resolver, Reporter* reporter = nullptr);

}  // namespace ibuild::cli
