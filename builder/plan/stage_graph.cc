#include "builder/plan/stage_graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "builder/plan/located.h"
#include "support/suggest.h"
#include "support/text.h"

namespace ibuild::builder {
namespace {

constexpr std::string_view kScratch = "scratch";

// A whole decimal number, as Go's strconv.Atoi takes it.
std::optional<long> ParseIndex(std::string_view text) {
  long value = 0;
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// What `from=` in a --mount says. Only a first look: planning reads the mount properly later.
std::string GuessMountFrom(std::string_view csv) {
  for (std::string_view field : Split(csv, ',')) {
    if (field.starts_with('"')) field = field.substr(1, field.size() - 2);
    if (EqualsIgnoringCase(field.substr(0, 5), "from=")) return std::string(field.substr(5));
  }
  return {};
}

oci::Platform ParsePlatform(const parser::Word& word, const GlobalScope& scope) {
  const std::string text = scope.Expand(word);
  if (text.empty()) {
    throw Error(ErrorKind::kInvalidInput,
                fmt::format("empty platform value from expression {}", word.text))
        .WithHint("declare the argument before the first FROM, or give it a default");
  }
  return InContext(fmt::format("failed to parse platform {}", text),
                   [&] { return oci::Platform::Parse(text); });
}

}  // namespace

StageGraph::StageGraph(const parser::Dockerfile& dockerfile, const SourceText& source,
                       const NamedContexts& contexts, const GlobalScope& scope)
    : dockerfile_(dockerfile), source_(source), contexts_(contexts) {
  nodes_.reserve(dockerfile.stages.size());
  for (std::size_t stage = 0; stage < dockerfile.stages.size(); ++stage) {
    Located(source_, dockerfile.stages[stage].source.range, [&] { AddNode(stage, scope); });
  }
  for (std::size_t stage = 0; stage < nodes_.size(); ++stage) FindNeeds(stage);
  CheckForCycles();
}

void StageGraph::AddNode(std::size_t stage, const GlobalScope& scope) {
  const parser::Stage& parsed = dockerfile_.stages[stage];
  Node node;
  if (parsed.from.platform) node.platform = ParsePlatform(*parsed.from.platform, scope);
  const std::string image = scope.Expand(parsed.from.image);
  if (image.empty()) {
    throw Error(ErrorKind::kInvalidInput,
                fmt::format("base name ({}) should not be blank", parsed.from.image.text))
        .WithHint("declare the argument before the first FROM, or pass it with --build-arg");
  }
  if (const auto context = parsed.name.empty() ? std::nullopt : FindContext(parsed.name)) {
    node.base = *context;
    node.replaced = true;
  } else {
    node.base = ResolveBase(image);
  }
  nodes_.push_back(std::move(node));
  if (!parsed.name.empty()) last_named_[parsed.name] = stage;
}

// Among the stages so far: the nearest earlier one of a name.
Origin StageGraph::ResolveBase(const std::string& image) const {
  if (const auto earlier = LastStageNamed(image)) return StageOrigin{*earlier};
  if (image == kScratch && !FindContext(image)) return NothingOrigin{};
  return InContext(fmt::format("failed to parse stage name {}", Quote(image)),
                   [&] { return ContextOrImage(image); });
}

std::optional<Origin> StageGraph::FindContext(std::string_view name) const {
  if (contexts_.empty()) return std::nullopt;
  const std::string wanted = NormalizedContextName(name);
  for (const auto& [key, context] : contexts_) {
    if (NormalizedContextName(key) != wanted) continue;
    if (const auto* image = std::get_if<ImageContext>(&context)) {
      return ImageOrigin{image->reference};
    }
    if (std::holds_alternative<ScratchContext>(context)) return NothingOrigin{};
    return DirectoryOrigin{key};
  }
  return std::nullopt;
}

Origin StageGraph::ContextOrImage(std::string_view name) const {
  if (const auto context = FindContext(name)) return *context;
  if (name == kScratch) return NothingOrigin{};
  return ImageOrigin{oci::Reference::Parse(name)};
}

std::optional<std::size_t> StageGraph::LastStageNamed(std::string_view name) const {
  const auto found = last_named_.find(ToLower(name));
  if (found == last_named_.end()) return std::nullopt;
  return found->second;
}

std::optional<std::size_t> StageGraph::StageForCopy(std::string_view from) const {
  if (from.find('$') != std::string_view::npos) {
    throw Error(ErrorKind::kInvalidInput,
                "variable expansion is not supported for --from, define a new stage with FROM "
                "using ARG from global scope as a workaround");
  }
  const std::optional<long> index = ParseIndex(from);
  if (!index) return LastStageNamed(from);
  if (*index < 0 || static_cast<std::size_t>(*index) >= nodes_.size()) {
    throw Error(ErrorKind::kInvalidInput, fmt::format("invalid stage index {}", from))
        .WithHint(fmt::format("the stages of this file are 0 to {}", nodes_.size() - 1));
  }
  return static_cast<std::size_t>(*index);
}

void StageGraph::FindNeeds(std::size_t stage) {
  Node& node = nodes_[stage];
  if (const auto* parent = std::get_if<StageOrigin>(&node.base)) {
    node.needs.push_back(parent->stage);
    ++nodes_[parent->stage].children;
  }
  if (node.replaced) return;
  for (const parser::Instruction& instruction : dockerfile_.stages[stage].instructions) {
    if (const auto* copy = std::get_if<parser::Copy>(&instruction.body); copy && copy->from) {
      const auto needed =
          Located(source_, copy->from->range, [&] { return StageForCopy(copy->from->text); });
      if (needed) node.needs.push_back(*needed);
    } else if (const auto* run = std::get_if<parser::Run>(&instruction.body)) {
      for (const parser::Word& mount : run->mounts) {
        const auto mounted = LastStageNamed(GuessMountFrom(mount.text));
        if (mounted) node.mounts.push_back(*mounted);
      }
    }
  }
}

// Depth-first with an explicit stack: thousands of stages must not exhaust the machine's.
void StageGraph::CheckForCycles() const {
  enum class Mark { kNew, kOpen, kDone };
  struct Visit {
    std::size_t stage;
    std::size_t next = 0;
  };
  std::vector<Mark> marks(nodes_.size(), Mark::kNew);
  for (std::size_t root = 0; root < nodes_.size(); ++root) {
    if (marks[root] != Mark::kNew) continue;
    std::vector<Visit> path = {{root}};
    marks[root] = Mark::kOpen;
    while (!path.empty()) {
      Visit& visit = path.back();
      const std::vector<std::size_t>& needs = nodes_[visit.stage].needs;
      if (visit.next == needs.size()) {
        marks[visit.stage] = Mark::kDone;
        path.pop_back();
        continue;
      }
      const std::size_t needed = needs[visit.next++];
      if (marks[needed] == Mark::kOpen) {
        throw Error(ErrorKind::kInvalidInput,
                    "circular dependency detected on stage: " + LabelOf(needed))
            .WithExcerpt(MakeExcerpt(source_, dockerfile_.stages[needed].source.range));
      }
      if (marks[needed] == Mark::kNew) {
        marks[needed] = Mark::kOpen;
        path.push_back({needed});
      }
    }
  }
}

std::size_t StageGraph::FindTarget(std::string_view name) const {
  if (name.empty()) return nodes_.size() - 1;
  if (const auto stage = LastStageNamed(name)) return *stage;
  std::vector<std::string> names;
  for (const parser::Stage& stage : dockerfile_.stages) {
    if (!stage.name.empty()) names.push_back(stage.name);
  }
  std::string message = fmt::format("target stage {} could not be found", Quote(name));
  if (const auto near = ClosestMatch(name, names)) {
    message += fmt::format(" (did you mean {}?)", *near);
  }
  throw Error(ErrorKind::kNotFound, std::move(message))
      .WithHint(names.empty() ? "no stage of this file has a name; add AS NAME to a FROM"
                              : "stages with a name: " + Join(names, ", "));
}

std::vector<std::size_t> StageGraph::NeededFor(std::size_t target) const {
  std::vector<bool> needed(nodes_.size(), false);
  std::vector<std::size_t> open = {target};
  const auto visit = [&](std::size_t stage) {
    if (needed[stage]) return;
    needed[stage] = true;
    open.push_back(stage);
  };
  needed[target] = true;
  while (!open.empty()) {
    const Node& node = nodes_[open.back()];
    open.pop_back();
    std::ranges::for_each(node.needs, visit);
    std::ranges::for_each(node.mounts, visit);
  }
  std::vector<std::size_t> stages;
  for (std::size_t stage = 0; stage < needed.size(); ++stage) {
    if (needed[stage]) stages.push_back(stage);
  }
  return stages;
}

std::string StageGraph::LabelOf(std::size_t stage) const {
  const std::string& name = dockerfile_.stages.at(stage).name;
  return name.empty() ? fmt::format("stage-{}", stage) : name;
}

Origin StageGraph::FindForCopy(std::string_view from, std::size_t stage) const {
  const std::optional<std::size_t> found = StageForCopy(from);
  if (!found) return ContextOrImage(from);
  if (*found < stage) return StageOrigin{*found};
  throw Error(ErrorKind::kInvalidInput,
              fmt::format("cannot copy from stage {}, it needs to be defined before current "
                          "stage {}",
                          Quote(from), Quote(LabelOf(stage))))
      .WithHint("move that stage up, or give one of two stages of this name another name");
}

std::optional<std::string> StageGraph::NearestStage(const oci::Reference& image) const {
  constexpr std::string_view kLibrary = "library/";
  const std::string& path = image.repository().path;
  if (!image.repository().host.IsDockerHub() || !path.starts_with(kLibrary)) return std::nullopt;
  std::vector<std::string> names;
  for (const parser::Stage& stage : dockerfile_.stages) {
    if (!stage.name.empty()) names.push_back(stage.name);
  }
  return ClosestMatch(path.substr(kLibrary.size()), names);
}

Origin StageGraph::FindForMount(std::string_view from, std::string_view target,
                                std::size_t stage) const {
  const std::optional<std::size_t> found = LastStageNamed(from);
  if (!found) return ContextOrImage(from);
  if (*found < stage) return StageOrigin{*found};
  if (*found == stage) {
    throw Error(ErrorKind::kInvalidInput,
                "circular dependency detected on stage: " + LabelOf(stage));
  }
  throw Error(ErrorKind::kInvalidInput,
              fmt::format("cannot mount from stage {} to {}, stage needs to be defined before "
                          "current command",
                          Quote(from), Quote(target)))
      .WithHint("move that stage up, or give one of two stages of this name another name");
}

}  // namespace ibuild::builder
