#include "parser/meaning/stage_needs.h"

#include "parser/syntax/run_mount.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::parser {
namespace {

using StageList = std::vector<std::size_t>;

void AddNamed(const Dockerfile& dockerfile, std::string_view name, StageList& stages) {
  if (const auto stage = FindLastStage(dockerfile, name)) stages.push_back(*stage);
}

// COPY --from may also count stages.
void AddCopied(const Dockerfile& dockerfile, const Copy& copy, StageList& stages) {
  if (!copy.from) return;
  const std::optional<std::uint64_t> index = ParseUnsigned(copy.from->text);
  if (index && *index < dockerfile.stages.size()) {
    stages.push_back(*index);
  } else {
    AddNamed(dockerfile, copy.from->text, stages);
  }
}

void AddMounted(const Dockerfile& dockerfile, const Run& run, StageList& stages) {
  for (const Word& mount : run.mounts) {
    try {
      const auto unexpanded = [](std::string_view value) { return std::string(value); };
      AddNamed(dockerfile, ParseRunMount(mount.text, unexpanded).from, stages);
    } catch (const Error&) {
      continue;  // a value that waits for its variable; such a mount names no stage here
    }
  }
}

StageList DirectNeeds(const Dockerfile& dockerfile, std::size_t index) {
  StageList needs;
  const Stage& stage = dockerfile.stages[index];
  for (std::size_t i = index; i-- > 0;) {  // FROM takes the nearest earlier stage
    if (!EqualsIgnoringCase(dockerfile.stages[i].name, stage.from.image.text)) continue;
    needs.push_back(i);
    break;
  }
  for (const Instruction& instruction : stage.instructions) {
    if (const auto* copy = std::get_if<Copy>(&instruction.body)) {
      AddCopied(dockerfile, *copy, needs);
    } else if (const auto* run = std::get_if<Run>(&instruction.body)) {
      AddMounted(dockerfile, *run, needs);
    }
  }
  return needs;
}

}  // namespace

std::optional<std::size_t> FindLastStage(const Dockerfile& dockerfile, std::string_view name) {
  for (std::size_t i = dockerfile.stages.size(); !name.empty() && i-- > 0;) {
    if (EqualsIgnoringCase(dockerfile.stages[i].name, name)) return i;
  }
  return std::nullopt;
}

std::vector<bool> NeededStages(const Dockerfile& dockerfile, std::size_t target) {
  std::vector<bool> needed(dockerfile.stages.size());
  StageList open = {target};
  while (!open.empty()) {
    const std::size_t stage = open.back();
    open.pop_back();
    if (needed[stage]) continue;
    needed[stage] = true;
    for (const std::size_t other : DirectNeeds(dockerfile, stage)) open.push_back(other);
  }
  return needed;
}

}  // namespace ibuild::parser
