// Planning a Dockerfile that stands in the test, against base images that stand here.
//
//   base:1     PATH and CMD ["sh"]
//   preset:1   every member of the configuration set
//   bare:1     an empty configuration
//   onbuild:1  triggers: ENV TRIGGERED=yes, COPY trigger.txt ./, RUN echo trigger
//   multi:1    for any platform
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "builder/plan/planner.h"
#include "support/error.h"

namespace ibuild::builder {

// For linux/amd64 on linux/amd64.
PlanInput DefaultPlanInput();

BuildPlan PlanText(std::string_view dockerfile, const PlanInput& input = DefaultPlanInput());

// Of the first image.
std::vector<std::string> HistoryOf(const BuildPlan& plan);
const oci::RuntimeConfig& ConfigOf(const BuildPlan& plan);
std::vector<std::string> TitlesOf(const BuildPlan& plan);

// The n-th vertex that does an Op of that kind.
template <typename Kind>
const Kind& FindOp(const BuildPlan& plan, std::size_t n = 0) {
  for (const Vertex& vertex : plan.graph.vertices) {
    const auto* op = std::get_if<Kind>(&vertex.op);
    if (op && n-- == 0) return *op;
  }
  throw Error(ErrorKind::kInternal, "the plan has no such vertex");
}

// "base:1" is taken for docker.io/library/base:1, and so on.
const oci::ImageConfig& TestImageConfig(const oci::Reference& reference,
                                        const oci::Platform& platform);

}  // namespace ibuild::builder
