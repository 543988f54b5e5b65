// Plans the image of one platform: which stages, in which order, from which bases.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "builder/plan/stage_planner.h"
#include "support/error.h"

namespace ibuild::builder {

// What all platforms of a build share.
struct PlanShared {
  const parser::Dockerfile& dockerfile;
  const SourceText& source;
  const PlanInput& input;
  VertexTable vertices;
  std::vector<parser::Diagnostic> warnings;
  std::set<std::string> declared_args;  // by triggers of images
  // Where the errors of instructions go, so that planning goes on after them; null: they end it.
  std::vector<Error>* faults = nullptr;
};

// The scope before the first FROM, for one target platform.
GlobalScope MakeGlobalScope(const parser::Dockerfile& dockerfile, const SourceText& source,
                            const PlanInput& input, const oci::Platform& platform);

class PlatformPlanner {
 public:
  PlatformPlanner(PlanShared& shared, const oci::Platform& platform);
  PlatformPlanner(const PlatformPlanner&) = delete;
  PlatformPlanner& operator=(const PlatformPlanner&) = delete;

  // The images that Plan() will ask for, but for those that only triggers or variables bring up.
  std::vector<NeededImage> NeededImages() const;
  PlannedImage Plan();
  // Plans for the sake of its errors: what the target needs, or all stages without a target.
  void PlanForCheck();
  const GlobalScope& scope() const { return scope_; }

 private:
  void PlanStages(std::size_t target);
  void PlanStage(std::size_t stage);
  void PlanInstruction(const PlacedInstruction& placed, StagePlanner& planner);
  PlannedStage StartStage(std::size_t stage);
  PlannedStage StartFromImage(std::size_t stage, const ImageOrigin& image) const;
  PlannedStage StartFromStage(const StageOrigin& origin);
  void AddBase(std::size_t stage, PlannedStage& planned, StepTitles& titles);
  VertexId AddDirectory(std::size_t stage, const DirectoryOrigin& origin, VertexId scratch);
  std::vector<PlacedInstruction> TakeInstructions(std::size_t stage, PlannedStage& planned);
  PlacedInstruction ReadTrigger(const std::string& trigger, std::size_t stage);
  void CheckImage(const oci::Reference& image);
  FileInput FilesOf(const Origin& origin);
  VertexId AddVertex(Op op, std::string title);
  std::string TitleLabel(std::size_t stage, const PlannedStage& planned) const;
  std::vector<PlannedHistory> HistoryOf(std::size_t stage) const;
  oci::Platform PlatformFor(std::size_t stage) const;
  void AddCopiedImages(std::size_t stage, std::vector<NeededImage>& images) const;
  void CheckBasePlatform(std::size_t stage, const oci::ImageConfig& config);

  PlanShared& shared_;
  oci::Platform platform_;
  GlobalScope scope_;
  StageGraph stages_;
  std::vector<std::optional<PlannedStage>> planned_;
  std::size_t nesting_ = 0;  // stages being planned because triggers ask for them
};

}  // namespace ibuild::builder
