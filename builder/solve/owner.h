// Names of users and groups in --chown and WORKDIR, with what is said about unknown ones.
#pragma once

#include <string>

#include "builder/copy/ownership.h"
#include "builder/solve/step.h"

namespace ibuild::builder {

// A name that the image does not know counts as 0, as in Docker, and is reported; where there is no
// image to look in, and with strict builds, it is an error.
Owner FindOwner(const SolveContext& context, const std::string& text,
                const layers::LayeredTree& image, Activity& activity);

}  // namespace ibuild::builder
