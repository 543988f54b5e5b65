// WORKDIR as a step.
#include "builder/copy/copy_files.h"
#include "builder/solve/owner.h"
#include "builder/solve/step.h"

namespace ibuild::builder {
namespace {

class WorkdirStep final : public Step {
 public:
  WorkdirStep(const SolveContext& context, VertexId vertex, const WorkdirOp& op)
      : context_(context), base_(context.graph.vertices[vertex].inputs.at(0)), op_(op) {}

  KeyInputs ReadInputs() override {
    KeyInputs inputs = BeginInputs(context_);
    inputs.state = context_.files.LayersOf(base_);
    return inputs;
  }

  void Execute(const layers::StagedLayer& staged, Activity& activity, std::stop_token) override {
    const auto below = context_.files.TreeOf(base_);
    std::optional<Owner> owner;
    if (!op_.user.empty()) owner = FindOwner(context_, op_.user, *below, activity);
    UpperWriter target(staged.upper(), *below, context_.times.epoch);
    MakeWorkingDirectory(op_.path, owner, target);
    target.Finish();
  }

 private:
  const SolveContext& context_;
  const VertexId base_;
  const WorkdirOp& op_;
};

}  // namespace

std::unique_ptr<Step> MakeWorkdirStep(const SolveContext& context, VertexId vertex,
                                      const WorkdirOp& op) {
  return std::make_unique<WorkdirStep>(context, vertex, op);
}

}  // namespace ibuild::builder
