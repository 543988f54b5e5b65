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
  warning.hint = name.starts_with("BUILDKIT_")
                     ? "this builder knows no such argument, and it changes nothing"
                     : fmt::format("declare it with ARG {} in the stage that uses it", name);
  return warning;
}

void WarnOfUnusedArgs(PlanShared& shared) {
  shared.declared_args.merge(DeclaredArgs(shared.dockerfile));
  for (const auto& [name, value] : shared.input.build_args) {
    if (shared.declared_args.contains(name) || WorksUndeclared(name)) continue;
    shared.warnings.push_back(UnusedArg(name, shared.declared_args));
  }
}

// With the seconds in place of a name: what a stage sees after ARG SOURCE_DATE_EPOCH, too. Nothing
// where there is no name.
std::optional<PlanInput> ResolveEpoch(const parser::Dockerfile& dockerfile,
                                      const SourceText& source, const PlanInput& input) {
  const GlobalScope scope = MakeGlobalScope(dockerfile, source, input, input.platforms.front());
  const std::string text = EpochText(input.build_args, scope);
  if (text.empty() || ParseEpoch(text)) return std::nullopt;
  const EpochSource wanted = FindEpochSource(text, dockerfile, source, input.named_contexts, scope);
  const auto time = input.source_time ? input.source_time(wanted) : std::nullopt;
  PlanInput resolved = input;
  resolved.build_args[std::string(kSourceDateEpochArg)] = time ? std::to_string(*time) : "";
  return resolved;
}

std::optional<std::int64_t> FindEpoch(const PlanInput& input, const GlobalScope& scope) {
  const auto seconds = ParseEpoch(EpochText(input.build_args, scope));
  return seconds ? seconds : input.source_date_epoch;
}

bool WantsIndex(const PlanInput& input) {
  const bool wants = ControlSwitch(input.build_args, kMultiPlatformArg);
  const bool refuses = !wants && !ControlText(input.build_args, kMultiPlatformArg).empty();
  if (refuses && input.platforms.size() > 1) {
    throw Error(ErrorKind::kInvalidInput, fmt::format("{} says that there is to be one platform, "
                                                      "but {} were asked for",
                                                      kMultiPlatformArg, input.platforms.size()));
  }
  return wants;
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
                    const PlanInput& given) {
  if (dockerfile.stages.empty()) {
    throw Error(ErrorKind::kInvalidInput, "dockerfile contains no stages to build");
  }
  const std::optional<PlanInput> resolved = ResolveEpoch(dockerfile, source, given);
  const PlanInput& input = resolved ? *resolved : given;
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
  plan.force_index = WantsIndex(input);
  return plan;
}

}  // namespace ibuild::builder
