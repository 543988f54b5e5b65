// From the instructions of one stage to vertices, configuration and history.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "builder/plan/config_edit.h"
#include "builder/plan/planner.h"
#include "builder/plan/stage_graph.h"
#include "builder/plan/vertex_table.h"

namespace ibuild::builder {

// A stage, planned so far.
struct PlannedStage {
  StageImage image;
  oci::Platform platform;                    // that its commands run on
  VertexId base = 0;                         // ImageOp or ScratchOp at the bottom
  VertexId state = 0;                        // the file system now
  std::optional<std::size_t> parent = {};    // the stage whose history comes first
  std::vector<PlannedHistory> history = {};  // of this stage alone
  std::size_t layers = 0;                    // with those of the base
  std::size_t children = 0;                  // stages planned on top of it so far
};

// Numbers the steps of a stage: "[build 2/7] RUN make".
class StepTitles {
 public:
  // `label` is "linux/arm64 build", "build" or empty.
  StepTitles(std::string label, std::size_t total) : label_(std::move(label)), total_(total) {}
  std::string Next(std::string_view text);

 private:
  std::string label_;
  std::size_t total_;
  std::size_t done_ = 0;
};

// What surrounds a stage; everything in it outlives the planner.
struct StageSurroundings {
  const PlanInput& input;
  const StageGraph& stages;
  std::size_t stage;  // index in the Dockerfile
  VertexTable& vertices;
  std::vector<parser::Diagnostic>& warnings;
  // Where the files of a stage, context or image are; plans a stage that is not planned yet.
  std::function<FileInput(const Origin&)> files_of;
};

// One instruction at its place. A trigger stands where the FROM is that sets it off.
struct PlacedInstruction {
  parser::Instruction instruction;
  SourceRange range;
  bool is_trigger = false;
};

class StagePlanner {
 public:
  StagePlanner(const StageSurroundings& around, PlannedStage& stage, StepTitles& titles)
      : around_(around), stage_(stage), titles_(titles) {}

  void Apply(const PlacedInstruction& placed);

 private:
  template <typename Setting>
  void Plan(const Setting& setting) {
    AddHistory(EditConfig(stage_.image, setting));
  }
  void Plan(const parser::From& from);
  void Plan(const parser::OnBuild& on_build);
  void Plan(const parser::Workdir& workdir);
  void Plan(const parser::Copy& copy);  // plan_copy.cc
  void Plan(const parser::Add& add);
  void Plan(const parser::Run& run);  // plan_run.cc

  void AddHistory(std::string created_by, std::optional<VertexId> layer = std::nullopt);
  // A step on top of the state.
  void AddStep(Op op, std::string created_by, std::string_view title_suffix = {});
  std::string TitleText() const;
  void Warn(std::string rule, std::string message, std::string hint);

  // plan_copy.cc
  CopyOp StartCopy(const parser::CopyFiles& files) const;
  FileInput CopyInput(const parser::Copy& copy) const;
  void AddHeredocs(CopyOp& op, const parser::CopyFiles& files) const;
  void FinishCopy(CopyOp op, const parser::CopyFiles& files,
                  const std::vector<std::string>& sources);
  std::vector<std::string> ExpandAll(const std::vector<parser::Word>& words) const;

  // plan_run.cc
  void SetPlace(RunOp& op) const;
  void SetCommand(RunOp& op, const parser::Run& run) const;
  void SetModes(RunOp& op, const parser::Run& run) const;
  void CheckDevices(const parser::Run& run);
  void AddMounts(RunOp& op, const parser::Run& run) const;

  const StageSurroundings& around_;
  PlannedStage& stage_;
  StepTitles& titles_;
  const PlacedInstruction* placed_ = nullptr;  // what is being planned
};

// The vertices that an op names, each once, in order.
std::vector<VertexId> NamedVertices(const Op& op);

}  // namespace ibuild::builder
