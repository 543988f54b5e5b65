// Who the command of a sandbox is, for init: looked up in the image, with the home directory that
// its environment lacks.
#pragma once

#include "sandbox/init/wire.h"
#include "sandbox/spec/spec.h"
#include "support/rooted_dir.h"

namespace ibuild::builder {

wire::Identity MakeIdentity(const SandboxSpec& spec, const RootedDir& root);

}  // namespace ibuild::builder
