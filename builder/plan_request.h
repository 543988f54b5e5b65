// From what the user asks for to what the parser, its rules and the planner are told of it.
#pragma once

#include "builder/build.h"
#include "builder/plan/check_plan.h"
#include "builder/plan/planner.h"
#include "parser/check/lint.h"
#include "parser/syntax/parse.h"

namespace ibuild::builder {

// The build arguments that take the place of directives.
parser::ParseOptions MakeParseOptions(const BuildRequest& request);

// All but `image_config`, which the caller knows.
PlanInput MakePlanInput(const BuildRequest& request);

// All but the ignore rules. Rules about a base image are silent where `known` gives none.
parser::LintContext MakeLintContext(const BuildRequest& request, KnownImageConfig known);

}  // namespace ibuild::builder
