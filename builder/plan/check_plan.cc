#include "builder/plan/check_plan.h"

#include <algorithm>
#include <list>
#include <optional>
#include <utility>

#include "builder/plan/platform_planner.h"

namespace ibuild::builder {
namespace {

// The innermost place in the file; an excerpt of a trigger is no place in it.
std::optional<SourceRange> PlaceOf(const Error& error, const SourceText& source) {
  const auto place = std::ranges::find(error.excerpts(), source.name(), &Excerpt::source_name);
  if (place == error.excerpts().end()) return std::nullopt;
  return place->range;
}

parser::Diagnostic MakeDiagnostic(const Error& error, const SourceRange& range) {
  return {.severity = parser::Severity::kError,
          .rule = "InvalidInstruction",
          .message = error.what(),
          .range = range,
          .instruction = range,
          .hint = error.hint()};
}

// Configurations for the planner: of images that are known, else an empty one.
class ConfigSource {
 public:
  explicit ConfigSource(const KnownImageConfig& known) : known_(known) {}

  const oci::ImageConfig& operator()(const oci::Reference& reference,
                                     const oci::Platform& platform) {
    if (known_) {
      if (const oci::ImageConfig* config = known_(reference, platform)) return *config;
    }
    all_known_ = false;
    oci::ImageConfig& config = unknown_.emplace_back();
    config.platform = platform;
    return config;
  }

  bool all_known() const { return all_known_; }

 private:
  const KnownImageConfig& known_;
  std::list<oci::ImageConfig> unknown_;  // whose addresses stay
  bool all_known_ = true;
};

// Whether the lines of the range say `$` anywhere.
bool MayUseVariable(const SourceText& source, const SourceRange& range) {
  for (std::size_t line = range.begin.line; line <= range.end.line; ++line) {
    if (source.Line(line).find('$') != std::string_view::npos) return true;
  }
  return false;
}

// Collects errors about the text. The others are about what is valid, but not supported here.
class Faults {
 public:
  explicit Faults(const SourceText& source) : source_(source) {}

  // False when the error is none of the text's.
  bool Add(const Error& error, bool all_known) {
    const std::optional<SourceRange> place = PlaceOf(error, source_);
    if (error.kind() != ErrorKind::kInvalidInput || !place) return false;
    if (all_known || !MayUseVariable(source_, *place)) {
      errors_.push_back(MakeDiagnostic(error, *place));
    }
    return true;
  }

  std::vector<parser::Diagnostic> Take() {
    parser::SortByPosition(errors_);
    return std::move(errors_);
  }

 private:
  const SourceText& source_;
  std::vector<parser::Diagnostic> errors_;
};

}  // namespace

std::vector<parser::Diagnostic> CheckPlan(const parser::Dockerfile& dockerfile,
                                          const SourceText& source, PlanInput input,
                                          const KnownImageConfig& known) {
  ConfigSource configs(known);
  input.image_config = std::ref(configs);
  input.allow_host_network = input.allow_insecure = true;
  std::vector<Error> of_instructions;
  PlanShared shared{dockerfile, source, input, {}, {}, {}, &of_instructions};
  Faults faults(source);
  try {
    PlatformPlanner(shared, input.platforms.front()).PlanForCheck();
  } catch (const Error& error) {  // of a FROM line, where global arguments are all there is
    if (!faults.Add(error, true)) throw;
  }
  for (const Error& error : of_instructions) faults.Add(error, configs.all_known());
  return faults.Take();
}

}  // namespace ibuild::builder
