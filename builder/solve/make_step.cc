#include <algorithm>

#include "builder/solve/step.h"
#include "support/error.h"
#include "support/text.h"

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

RemoteAccess RemoteAccessOf(const SolveContext& context) {
  return {.request = context.request,
          .ports = context.ports,
          .cache = context.cache,
          .secrets = context.secrets};
}

bool MayUseCache(const BuildRequest& request, const Vertex& vertex) {
  const auto is_its_stage = [&](const std::string& stage) {
    return EqualsIgnoringCase(stage, vertex.stage);
  };
  return !request.cache.no_cache &&
         std::ranges::none_of(request.cache.no_cache_stages, is_its_stage);
}

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
