// What planning would refuse in a Dockerfile, without resolving an image: the second half of
// `--check`, after the parser's own faults and rules.
#pragma once

#include <functional>
#include <vector>

#include "builder/plan/planner.h"
#include "parser/syntax/diagnostic.h"

namespace ibuild::builder {

// The configuration of an image that is on this machine; null for another. It stays valid until
// the check ends.
using KnownImageConfig =
    std::function<const oci::ImageConfig*(const oci::Reference&, const oci::Platform&)>;

// Plans the stages that `input.target` needs (all when it is empty) for the first platform, and
// returns an error for each instruction that cannot be planned, by position. Variables in stages
// may come from a base image: when one is not known, what depends on a variable is not judged.
// Throws kNotFound for a target that the file does not have. `input.image_config` is not used.
std::vector<parser::Diagnostic> CheckPlan(const parser::Dockerfile& dockerfile,
                                          const SourceText& source, PlanInput input,
                                          const KnownImageConfig& known);

}  // namespace ibuild::builder
