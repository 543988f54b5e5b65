#include "builder/solve/step.h"
#include "support/error.h"

namespace ibuild::builder {
namespace {

struct Maker {
  const SolveContext& context;
  VertexId vertex;

  std::unique_ptr<Step> operator()(const RunOp& op) const {
    return MakeRunStep(context, vertex, op);
  }
  std::unique_ptr<Step> operator()(const CopyOp& op) const {
    return MakeCopyStep(context, vertex, op);
  }
  std::unique_ptr<Step> operator()(const WorkdirOp& op) const {
    return MakeWorkdirStep(context, vertex, op);
  }
  std::unique_ptr<Step> operator()(const ImageOp&) const { return NoStep(); }
  std::unique_ptr<Step> operator()(const ScratchOp&) const { return NoStep(); }

  static std::unique_ptr<Step> NoStep() {
    throw Error(ErrorKind::kInternal, "an image is no step");
  }
};

}  // namespace

KeyInputs BeginInputs(const SolveContext& context) {
  KeyInputs inputs;
  inputs.pack = context.pack;
  if (context.times.epoch) inputs.build_time = context.times.epoch->seconds;
  return inputs;
}

std::unique_ptr<Step> MakeStep(const SolveContext& context, VertexId vertex) {
  return std::visit(Maker{context, vertex}, context.graph.vertices[vertex].op);
}

}  // namespace ibuild::builder
