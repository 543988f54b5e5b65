#include "builder/plan/planner.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>

#include "builder/plan/located.h"
#include "builder/plan/platform_planner.h"
#include "support/suggest.h"
#include "support/text.h"

namespace ibuild::builder {
namespace {

constexpr std::string_view kEpoch = "SOURCE_DATE_EPOCH";

void Collect(std::set<std::string>& names, const parser::Arg& arg) {
  for (const auto& declaration : arg.declarations) names.insert(declaration.name.text);
}

// Every ARG of the file, in stages that are not needed too.
std::set<std::string> DeclaredArgs(const parser::Dockerfile& dockerfile) {
  std::set<std::string> names;
  for (const parser::GlobalArg& global : dockerfile.global_args) Collect(names, global.arg);
  for (const parser::Stage& stage : dockerfile.stages) {
    for (const parser::Instruction& instruction : stage.instructions) {
      if (const auto* arg = std::get_if<parser::Arg>(&instruction.body)) Collect(names, *arg);
    }
  }
  return names;
}

bool WorksUndeclared(const std::string& name) {
  static const BuildArgs no_args;
  static const GlobalScope automatic(no_args, {}, '\\');
  return IsProxyArg(name) || IsControlArg(name) || automatic.Find(name).has_value();
}

// About the command line: it has no place in the file, and its line is 0.
parser::Diagnostic UnusedArg(const std::string& name, const std::set<std::string>& declared) {
  parser::Diagnostic warning;
  warning.severity = parser::Severity::kWarning;
  warning.rule = "UnusedBuildArg";
  warning.message = fmt::format("Build argument {} is not declared by any ARG", Quote(name));
  if (const auto near = ClosestMatch(name, {declared.begin(), declared.end()})) {
    warning.message += fmt::format(" (did you mean {}?)", *near);
  }
  warning.range.begin.line = warning.instruction.begin.line = 0;
  warning.hint = fmt::format("declare it with ARG {} in the stage that uses it", name);
  return warning;
}

void WarnOfUnusedArgs(PlanShared& shared) {
  shared.declared_args.merge(DeclaredArgs(shared.dockerfile));
  for (const auto& [name, value] : shared.input.build_args) {
    if (shared.declared_args.contains(name) || WorksUndeclared(name)) continue;
    shared.warnings.push_back(UnusedArg(name, shared.declared_args));
  }
}

std::string FindEpochText(const PlanInput& input, const GlobalScope& scope) {
  if (const auto given = input.build_args.find(std::string(kEpoch));
      given != input.build_args.end()) {
    return given->second;
  }
  return std::string(scope.Find(kEpoch).value_or(""));
}

// `context` and names of contexts or stages are values too; their times are not read here.
std::optional<std::int64_t> FindEpoch(const PlanInput& input, const GlobalScope& scope) {
  const std::string text = FindEpochText(input, scope);
  if (text.empty()) return input.source_date_epoch;
  const auto seconds = ParseUnsigned(text);
  if (!seconds || *seconds > static_cast<std::uint64_t>(INT64_MAX)) {
    throw Error(ErrorKind::kUnsupported, fmt::format("SOURCE_DATE_EPOCH {} is not a number of "
                                                     "seconds",
                                                     Quote(text)))
        .WithHint("times of contexts and stages are not supported; give seconds since 1970");
  }
  return static_cast<std::int64_t>(*seconds);
}

bool IsSet(const PlanInput& input, const std::string& name) {
  const auto found = input.build_args.find(name);
  return found != input.build_args.end() && found->second != "0" && found->second != "false" &&
         !found->second.empty();
}

void Announce(const std::deque<PlatformPlanner>& planners, const PlanInput& input) {
  if (!input.expect_images) return;
  std::vector<NeededImage> images;
  for (const PlatformPlanner& planner : planners) {
    for (NeededImage& image : planner.NeededImages()) {
      if (std::ranges::find(images, image) == images.end()) images.push_back(std::move(image));
    }
  }
  input.expect_images(images);
}

}  // namespace

BuildPlan PlanBuild(const parser::Dockerfile& dockerfile, const SourceText& source,
                    const PlanInput& input) {
  if (dockerfile.stages.empty()) {
    throw Error(ErrorKind::kInvalidInput, "dockerfile contains no stages to build");
  }
  BuildPlan plan;
  PlanShared shared{dockerfile, source, input, {}, {}, {}, nullptr};
  std::deque<PlatformPlanner> planners;
  for (const oci::Platform& platform : input.platforms) planners.emplace_back(shared, platform);
  Announce(planners, input);
  for (PlatformPlanner& planner : planners) {
    plan.graph.images.push_back(planner.Plan());
    plan.source_date_epoch = FindEpoch(input, planner.scope());
  }
  WarnOfUnusedArgs(shared);
  plan.graph.vertices = shared.vertices.Take();
  plan.warnings = std::move(shared.warnings);
  plan.force_index = IsSet(input, "BUILDKIT_MULTI_PLATFORM");
  return plan;
}

}  // namespace ibuild::builder
