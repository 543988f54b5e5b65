// From what the user asks for to what the parser and the planner are told of it.
#pragma once

#include "builder/build.h"
#include "builder/plan/planner.h"
#include "parser/parse.h"

namespace ibuild::builder {

// The build arguments that take the place of directives.
parser::ParseOptions MakeParseOptions(const BuildRequest& request);

// All but `image_config`, which the caller knows.
PlanInput MakePlanInput(const BuildRequest& request);

}  // namespace ibuild::builder
