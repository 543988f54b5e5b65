#include "builder/plan/platform_planner.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "builder/plan/located.h"
#include "parser/meaning/evaluate.h"
#include "parser/syntax/parse.h"
#include "support/text.h"

namespace ibuild::builder {
namespace {

// Triggers that bring up stages whose triggers bring up stages: deeper is a mistake or an attack.
constexpr std::size_t kMaxNesting = 64;

bool IsStep(const PlacedInstruction& placed) {
  const parser::InstructionBody& body = placed.instruction.body;
  return std::holds_alternative<parser::Run>(body) || std::holds_alternative<parser::Copy>(body) ||
         std::holds_alternative<parser::Add>(body) || std::holds_alternative<parser::Workdir>(body);
}

// "linux/amd64->arm64" for a stage on another platform than the image's.
std::string PlatformLabel(const oci::Platform& stage, const oci::Platform& target) {
  std::string label = stage.ToString();
  if (stage.os != target.os) return label + "->" + target.ToString();
  if (stage.architecture == target.architecture) return label;
  label += "->" + target.architecture;
  return target.variant.empty() ? label : label + "/" + target.variant;
}

}  // namespace

GlobalScope MakeGlobalScope(const parser::Dockerfile& dockerfile, const SourceText& source,
                            const PlanInput& input, const oci::Platform& platform) {
  const AutomaticArgs automatic = {.build = input.build_platform,
                                   .target = platform,
                                   .target_stage = parser::TargetStageOf(dockerfile, input.target)};
  GlobalScope scope(input.build_args, automatic, dockerfile.directives.escape);
  for (const parser::GlobalArg& global : dockerfile.global_args) {
    Located(source, global.source.range, [&] { scope.Declare(global.arg); });
  }
  return scope;
}

PlatformPlanner::PlatformPlanner(PlanShared& shared, const oci::Platform& platform)
    : shared_(shared),
      platform_(platform),
      scope_(MakeGlobalScope(shared.dockerfile, shared.source, shared.input, platform)),
      stages_(shared.dockerfile, shared.source, shared.input.named_contexts, scope_),
      planned_(stages_.size()) {}

std::vector<NeededImage> PlatformPlanner::NeededImages() const {
  std::vector<NeededImage> images;
  for (const std::size_t stage : stages_.NeededFor(stages_.FindTarget(shared_.input.target))) {
    if (const auto* image = std::get_if<ImageOrigin>(&stages_.BaseOf(stage))) {
      images.push_back({image->reference, PlatformFor(stage)});
    }
    if (!stages_.IsReplaced(stage)) AddCopiedImages(stage, images);
  }
  return images;
}

void PlatformPlanner::AddCopiedImages(std::size_t stage, std::vector<NeededImage>& images) const {
  for (const parser::Instruction& instruction : shared_.dockerfile.stages[stage].instructions) {
    const auto* copy = std::get_if<parser::Copy>(&instruction.body);
    if (copy == nullptr || !copy->from || copy->from->text.empty()) continue;
    try {
      const Origin origin = stages_.FindForCopy(copy->from->text, stage);
      if (const auto* image = std::get_if<ImageOrigin>(&origin)) {
        images.push_back({image->reference, platform_});
      }
    } catch (const Error&) {
      return;  // planning says it, at the instruction
    }
  }
}

PlannedImage PlatformPlanner::Plan() {
  const std::size_t target = stages_.FindTarget(shared_.input.target);
  PlanStages(target);
  const PlannedStage& stage = *planned_[target];
  PlannedImage image{.state = stage.state,
                     .base = stage.base,
                     .config = stage.image.config,
                     .history = HistoryOf(target)};
  for (const auto& [name, value] : shared_.input.labels) image.config.config.labels[name] = value;
  // What was asked for, also where the last base is of another platform, as in Docker.
  if (platform_ != shared_.input.build_platform) image.config.platform = platform_;
  return image;
}

// A stage that needs a later one is refused, so ascending order is enough.
void PlatformPlanner::PlanForCheck() {
  if (!shared_.input.target.empty()) return PlanStages(stages_.FindTarget(shared_.input.target));
  for (std::size_t stage = 0; stage < stages_.size(); ++stage) {
    try {
      if (!planned_[stage]) PlanStage(stage);
    } catch (Error& error) {  // of a trigger, whose excerpt shows the trigger alone
      error.AddExcerpt(MakeExcerpt(shared_.source, shared_.dockerfile.stages[stage].source.range));
      throw;
    }
  }
}

// Ascending: whatever a stage needs comes before it.
void PlatformPlanner::PlanStages(std::size_t target) {
  for (const std::size_t stage : stages_.NeededFor(target)) {
    if (!planned_[stage]) PlanStage(stage);
  }
}

void PlatformPlanner::PlanStage(std::size_t stage) {
  const SourceRange from_range = shared_.dockerfile.stages[stage].source.range;
  PlannedStage planned = Located(shared_.source, from_range, [&] { return StartStage(stage); });
  const std::vector<PlacedInstruction> instructions =
      Located(shared_.source, from_range, [&] { return TakeInstructions(stage, planned); });
  const bool from_image = std::holds_alternative<ImageOrigin>(stages_.BaseOf(stage));
  const auto steps = static_cast<std::size_t>(std::ranges::count_if(instructions, IsStep));
  StepTitles titles(TitleLabel(stage, planned), steps + (from_image ? 1 : 0));
  AddBase(stage, planned, titles);
  const StageSurroundings around{
      shared_.input,    stages_,          stage,
      shared_.vertices, shared_.warnings, [this](const Origin& origin) {
                                   return FilesOf(origin); }};
  StagePlanner planner(around, planned, titles);
  for (const PlacedInstruction& placed : instructions) PlanInstruction(placed, planner);
  planned_[stage] = std::move(planned);
}

void PlatformPlanner::PlanInstruction(const PlacedInstruction& placed, StagePlanner& planner) {
  try {
    Located(shared_.source, placed.range, [&] {
      if (!placed.is_trigger) return planner.Apply(placed);
      InContext(fmt::format("in the trigger ONBUILD {}", placed.instruction.source.text),
                [&] { planner.Apply(placed); });
    });
  } catch (const Error& error) {
    if (shared_.faults == nullptr) throw;
    shared_.faults->push_back(error);
  }
}

PlannedStage PlatformPlanner::StartStage(std::size_t stage) {
  const Origin& base = stages_.BaseOf(stage);
  if (const auto* parent = std::get_if<StageOrigin>(&base)) return StartFromStage(*parent);
  if (const auto* image = std::get_if<ImageOrigin>(&base)) return StartFromImage(stage, *image);
  PlannedStage planned{.image = {.config = {}, .scope = StageScope(scope_)},
                       .platform = PlatformFor(stage)};
  planned.image.config.platform = platform_;  // whatever --platform says: there is no base
  planned.image.config.config.working_dir = "/";
  return planned;
}

PlannedStage PlatformPlanner::StartFromImage(std::size_t stage, const ImageOrigin& image) const {
  PlannedStage planned{.image = {.config = {}, .scope = StageScope(scope_)},
                       .platform = PlatformFor(stage)};
  oci::ImageConfig& config = planned.image.config;
  config = shared_.input.image_config(image.reference, planned.platform);
  config.created.clear();
  config.history.clear();
  planned.layers = config.diff_ids.size();
  config.diff_ids.clear();
  if (config.platform.architecture.empty()) config.platform = planned.platform;
  return planned;
}

// The last child takes what its parent's image was: thousands of stages in a row must not copy it
// each time. Nobody else asks for it; a target has no children that are planned.
PlannedStage PlatformPlanner::StartFromStage(const StageOrigin& origin) {
  PlannedStage& parent = *planned_.at(origin.stage);
  const bool last = ++parent.children == stages_.ChildrenOf(origin.stage);
  PlannedStage planned{.image = last ? std::move(parent.image) : parent.image,
                       .platform = parent.platform};
  planned.image.has_own_cmd = false;
  planned.base = parent.base;
  planned.state = parent.state;
  planned.parent = origin.stage;
  planned.layers = parent.layers;
  return planned;
}

// The triggers of the base, then the stage's own instructions; both on top of a complete
// environment.
std::vector<PlacedInstruction> PlatformPlanner::TakeInstructions(std::size_t stage,
                                                                 PlannedStage& planned) {
  oci::RuntimeConfig& config = planned.image.config.config;
  EnsurePath(planned.image.config);
  planned.image.scope.ApplyEnvironment(config.env);
  std::vector<PlacedInstruction> instructions;
  const std::vector<std::string> triggers = std::exchange(config.on_build, {});
  if (!ControlSwitch(shared_.input.build_args, kDisableOnBuildArg)) {
    for (const std::string& trigger : triggers) {
      instructions.push_back(ReadTrigger(trigger, stage));
    }
  }
  if (stages_.IsReplaced(stage)) return instructions;
  for (const parser::Instruction& instruction : shared_.dockerfile.stages[stage].instructions) {
    instructions.push_back({instruction, instruction.source.range, false});
  }
  return instructions;
}

PlacedInstruction PlatformPlanner::ReadTrigger(const std::string& trigger, std::size_t stage) {
  PlacedInstruction placed = InContext(fmt::format("in the trigger ONBUILD {}", trigger), [&] {
    return PlacedInstruction{parser::ParseTrigger(trigger),
                             shared_.dockerfile.stages[stage].source.range, true};
  });
  if (const auto* arg = std::get_if<parser::Arg>(&placed.instruction.body)) {
    for (const auto& declaration : arg->declarations) {
      shared_.declared_args.insert(declaration.name.text);
    }
  }
  return placed;
}

void PlatformPlanner::AddBase(std::size_t stage, PlannedStage& planned, StepTitles& titles) {
  const Origin& base = stages_.BaseOf(stage);
  if (std::holds_alternative<StageOrigin>(base)) return;
  Vertex vertex{.op = ScratchOp{},
                .inputs = {},
                .title = "FROM scratch",
                .stage = stages_.LabelOf(stage),
                .range = shared_.dockerfile.stages[stage].source.range,
                .build_arg_names = {}};
  if (const auto* image = std::get_if<ImageOrigin>(&base)) {
    CheckBasePlatform(stage, planned.image.config);
    vertex.title = titles.Next("FROM " + image->reference.ToString());
    vertex.op = ImageOp{image->reference, planned.platform};
  }
  planned.base = planned.state = shared_.vertices.Add(std::move(vertex));
  if (const auto* directory = std::get_if<DirectoryOrigin>(&base)) {
    planned.state = AddDirectory(stage, *directory, planned.base);
    planned.history.push_back(
        {{.created_by = "FROM " + directory->context, .comment = "buildkit.exporter.image.v0"},
         planned.state});
  }
}

// The files of a directory as a file system of their own.
VertexId PlatformPlanner::AddDirectory(std::size_t stage, const DirectoryOrigin& origin,
                                       VertexId scratch) {
  CopyOp copy;
  copy.sources.push_back(FileSource{ContextInput{origin.context}, "/"});
  copy.destination = "/";
  copy.written_sources.push_back(origin.context);
  return shared_.vertices.Add({.op = std::move(copy),
                               .inputs = {scratch},
                               .title = "FROM " + origin.context,
                               .stage = stages_.LabelOf(stage),
                               .range = shared_.dockerfile.stages[stage].source.range,
                               .build_arg_names = {}});
}

void PlatformPlanner::CheckBasePlatform(std::size_t stage, const oci::ImageConfig& config) {
  const oci::Platform wanted = PlatformFor(stage);
  if (oci::MatchRank(wanted, oci::Normalize(config.platform))) return;
  const auto& reference = std::get<ImageOrigin>(stages_.BaseOf(stage)).reference;
  parser::Diagnostic warning;
  warning.severity = parser::Severity::kWarning;
  warning.rule = "InvalidBaseImagePlatform";
  warning.message = fmt::format(
      "Base image {} was pulled with platform {}, expected {} for current build",
      reference.Familiar(), Quote(config.platform.ToString()), Quote(wanted.ToString()));
  warning.range = warning.instruction = shared_.dockerfile.stages[stage].source.range;
  shared_.warnings.push_back(std::move(warning));
}

void PlatformPlanner::CheckImage(const oci::Reference& image) {
  try {
    static_cast<void>(shared_.input.image_config(image, platform_));
  } catch (const Error& error) {
    const auto stage = stages_.NearestStage(image);
    if (!stage) throw;
    throw Error(error.kind(), error.what())
        .WithHint(fmt::format("did you mean the stage `{}`?", *stage));
  }
}

FileInput PlatformPlanner::FilesOf(const Origin& origin) {
  if (const auto* directory = std::get_if<DirectoryOrigin>(&origin)) {
    return ContextInput{directory->context};
  }
  if (const auto* image = std::get_if<ImageOrigin>(&origin)) {
    // Asked for now, so that an image which does not exist is an error of this instruction.
    CheckImage(image->reference);
    return VertexInput{
        AddVertex(ImageOp{image->reference, platform_}, "FROM " + image->reference.ToString())};
  }
  const auto* needed = std::get_if<StageOrigin>(&origin);
  if (!needed) return VertexInput{AddVertex(ScratchOp{}, "FROM scratch")};
  if (!planned_[needed->stage]) {
    if (nesting_ == kMaxNesting) {
      throw Error(ErrorKind::kResourceExhausted, "triggers of stages nest too deeply");
    }
    ++nesting_;
    PlanStages(needed->stage);
    --nesting_;
  }
  return VertexInput{planned_[needed->stage]->state};
}

VertexId PlatformPlanner::AddVertex(Op op, std::string title) {
  return shared_.vertices.Add({.op = std::move(op),
                               .inputs = {},
                               .title = std::move(title),
                               .stage = {},
                               .range = {},
                               .build_arg_names = {}});
}

std::string PlatformPlanner::TitleLabel(std::size_t stage, const PlannedStage& planned) const {
  std::vector<std::string> words;
  if (shared_.input.platforms.size() > 1) {
    words.push_back(PlatformLabel(planned.platform, platform_));
  }
  const bool is_only_stage = stages_.size() == 1;
  const bool has_name = !shared_.dockerfile.stages[stage].name.empty();
  if (has_name || !is_only_stage) words.push_back(stages_.LabelOf(stage));
  return Join(words, " ");
}

std::vector<PlannedHistory> PlatformPlanner::HistoryOf(std::size_t stage) const {
  std::vector<const PlannedStage*> line;  // the target first, its root last
  for (std::optional<std::size_t> next = stage; next; next = planned_[*next]->parent) {
    line.push_back(&*planned_[*next]);
  }
  std::vector<PlannedHistory> history;
  for (auto it = line.rbegin(); it != line.rend(); ++it) {
    std::ranges::copy((*it)->history, std::back_inserter(history));
  }
  return history;
}

oci::Platform PlatformPlanner::PlatformFor(std::size_t stage) const {
  return stages_.PlatformOf(stage).value_or(platform_);
}

}  // namespace ibuild::builder
