#include "parser/meaning/outline.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "parser/meaning/evaluate.h"
#include "parser/meaning/expand.h"
#include "parser/meaning/stage_needs.h"
#include "parser/syntax/run_mount.h"
#include "support/error.h"
#include "support/suggest.h"
#include "support/text.h"

namespace ibuild::parser {
namespace {

// `# NAME text` in the comment block above.
std::string DescriptionOf(const InstructionSource& source, std::string_view name) {
  if (name.empty()) return {};
  for (const std::string& comment : source.comments) {
    if (comment.starts_with(name) && comment.size() > name.size() && comment[name.size()] == ' ') {
      return comment.substr(name.size() + 1);
    }
  }
  return {};
}

std::set<std::string> VariablesOf(const Word& word, char escape) {
  std::set<std::string> names;
  const auto note = [&](std::string_view name) -> std::optional<std::string_view> {
    names.emplace(name);
    return "x";
  };
  try {
    ExpandWord(word.text, note, escape);
  } catch (const Error&) {
    return names;  // what was seen up to the fault
  }
  return names;
}

std::size_t FindTarget(const Dockerfile& dockerfile, const std::string& target) {
  if (dockerfile.stages.empty()) {
    throw Error(ErrorKind::kInvalidInput, "dockerfile contains no stages to build");
  }
  if (target.empty()) return dockerfile.stages.size() - 1;
  if (const auto stage = FindLastStage(dockerfile, target)) return *stage;
  std::vector<std::string> names;
  for (const Stage& stage : dockerfile.stages) {
    if (!stage.name.empty()) names.push_back(stage.name);
  }
  std::string message = fmt::format("target stage {} could not be found", Quote(target));
  if (const auto near = ClosestMatch(target, names)) {
    message += fmt::format(" (did you mean {}?)", *near);
  }
  throw Error(ErrorKind::kNotFound, message)
      .WithHint(names.empty() ? "no stage has a name" : "the stages are " + Join(names, ", "));
}

class OutlineMaker {
 public:
  OutlineMaker(const Dockerfile& dockerfile, const LintContext& context)
      : dockerfile_(dockerfile), evaluation_(Evaluate(dockerfile, context)) {}

  Outline Make(std::size_t target) {
    const Stage& stage = dockerfile_.stages[target];
    outline_.name = stage.name;
    outline_.description = DescriptionOf(stage.source, stage.name);
    const std::vector<bool> needed = NeededStages(dockerfile_, target);
    for (std::size_t i = 0; i < needed.size(); ++i) {
      if (needed[i]) AddStage(evaluation_.stages[i]);
    }
    std::ranges::sort(outline_.args, {}, [](const OutlineArg& arg) { return arg.range; });
    return std::move(outline_);
  }

 private:
  void AddStage(const EvaluatedStage& stage) {
    const char escape = dockerfile_.directives.escape;
    for (const std::string& name : VariablesOf(stage.stage->from.image, escape)) AddGlobal(name);
    if (stage.stage->from.platform) {
      for (const std::string& name : VariablesOf(*stage.stage->from.platform, escape)) {
        AddGlobal(name);
      }
    }
    for (const DeclaredArg& arg : stage.args) {
      if (!arg.inherited || !AddGlobal(arg.name)) AddArg(arg);
    }
    for (const EvaluatedInstruction& evaluated : stage.instructions) {
      if (const auto* run = std::get_if<Run>(&evaluated.instruction->body)) AddMounts(*run);
    }
  }

  // A global ARG and those that its default is made from; false when there is none of that name.
  bool AddGlobal(const std::string& name) {
    const auto find = [&](const std::string& wanted) {
      return std::ranges::find(evaluation_.global_args, wanted, &DeclaredArg::name);
    };
    if (find(name) == evaluation_.global_args.end()) return false;
    std::vector<std::string> open = {name};
    while (!open.empty()) {
      const auto arg = find(open.back());
      open.pop_back();
      if (arg == evaluation_.global_args.end() || !AddArg(*arg)) continue;
      if (arg->default_value == nullptr) continue;
      const auto used = VariablesOf(*arg->default_value, dockerfile_.directives.escape);
      open.insert(open.end(), used.begin(), used.end());
    }
    return true;
  }

  // False when it is there already.
  bool AddArg(const DeclaredArg& arg) {
    if (!seen_args_.insert(arg.name).second) return false;
    outline_.args.push_back({arg.name, DescriptionOf(*arg.source, arg.name), arg.value.value_or(""),
                             arg.source->range});
    return true;
  }

  void AddMounts(const Run& run) {
    for (const Word& word : run.mounts) {
      try {
        const auto unexpanded = [](std::string_view value) { return std::string(value); };
        AddMount(ParseRunMount(word.text, unexpanded), word.range);
      } catch (const Error&) {
        continue;  // depends on variables
      }
    }
  }

  void AddMount(const RunMount& mount, const SourceRange& range) {
    if (mount.kind == MountKind::kSecret) {
      const std::string base = mount.target.substr(mount.target.rfind('/') + 1);
      AddNamed(mount.id.empty() ? base : mount.id, mount.required, range, outline_.secrets);
    } else if (mount.kind == MountKind::kSsh) {
      AddNamed(mount.id.empty() ? "default" : mount.id, mount.required, range, outline_.ssh);
    }
  }

  static void AddNamed(const std::string& name, bool required, const SourceRange& range,
                       std::vector<OutlineMount>& mounts) {
    const auto found = std::ranges::find(mounts, name, &OutlineMount::name);
    if (found == mounts.end()) {
      mounts.push_back({name, required, range});
    } else {
      found->required = found->required || required;
    }
  }

  const Dockerfile& dockerfile_;
  Evaluation evaluation_;
  Outline outline_;
  std::set<std::string> seen_args_;
};

}  // namespace

std::vector<Target> ListTargets(const Dockerfile& dockerfile) {
  std::vector<Target> targets;
  for (const Stage& stage : dockerfile.stages) {
    targets.push_back({stage.name, &stage == &dockerfile.stages.back(),
                       DescriptionOf(stage.source, stage.name), stage.from.image.text,
                       stage.from.platform ? stage.from.platform->text : "", stage.source.range});
  }
  return targets;
}

Outline MakeOutline(const Dockerfile& dockerfile, const LintContext& context) {
  const std::size_t target = FindTarget(dockerfile, context.target);
  return OutlineMaker(dockerfile, context).Make(target);
}

}  // namespace ibuild::parser
