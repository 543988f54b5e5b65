// Any Dockerfile that parses: planning ends in a graph that makes sense, or in an Error that shows
// the place it is about.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "builder/assemble/image_assembler.h"
#include "builder/cache/cache_key.h"
#include "builder/graph/dump.h"
#include "builder/plan/planner.h"
#include "parser/syntax/parse.h"
#include "support/error.h"

using namespace ibuild;
using namespace ibuild::builder;

namespace {

const oci::ImageConfig& AnyConfig(const oci::Reference& reference, const oci::Platform&) {
  static const oci::ImageConfig plain = oci::ParseImageConfig(
      R"({"architecture":"amd64","os":"linux","config":{"Env":["A=1","B"],"Cmd":["sh"]}})",
      "plain");
  static const oci::ImageConfig triggers = oci::ParseImageConfig(
      R"({"architecture":"arm","os":"linux","config":{"OnBuild":["COPY --from=a . $A","ARG X=1"]}})",
      "triggers");
  return reference.Familiar().starts_with("t") ? triggers : plain;
}

void Require(bool holds) {
  if (!holds) std::abort();
}

void CheckVertex(const BuildGraph& graph, VertexId id) {
  const Vertex& vertex = graph.vertices[id];
  for (const VertexId input : vertex.inputs) Require(input < id);
  if (const auto* run = std::get_if<RunOp>(&vertex.op)) {
    Require(!run->argv.empty() && run->working_directory.starts_with('/'));
    for (const RunMountOp& mount : run->mounts) Require(mount.target.starts_with('/'));
  }
  if (const auto* copy = std::get_if<CopyOp>(&vertex.op)) {
    Require(copy->destination.starts_with('/') && !copy->sources.empty());
    Require(copy->destination.find("/../") == std::string::npos);
  }
  if (!std::holds_alternative<ImageOp>(vertex.op) &&
      !std::holds_alternative<ScratchOp>(vertex.op)) {
    Require(!vertex.inputs.empty());
    ComputeKey(vertex.op, {});
  }
}

void CheckPlan(const BuildPlan& plan) {
  for (VertexId id = 0; id < plan.graph.vertices.size(); ++id) CheckVertex(plan.graph, id);
  for (const PlannedImage& image : plan.graph.images) {
    AssemblyInput input;
    input.layer_of = [&](VertexId vertex) {
      Require(vertex < plan.graph.vertices.size());
      return StepLayer{{oci::Digest::OfText("layer")}, 1024, {}};
    };
    AssembleImage(image, input);
  }
  Dump(plan.graph);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const SourceText source("Dockerfile",
                          std::string(reinterpret_cast<const char*>(data), size));  // bytes as text
  const parser::ParseResult parsed = parser::ParseDockerfile(source);
  PlanInput input;
  input.platforms = {oci::Platform::Parse("linux/amd64"), oci::Platform::Parse("linux/arm/v7")};
  input.build_platform = input.platforms.front();
  input.named_contexts["ctx"] = DirectoryContext{};
  input.build_args["X"] = "y";
  input.image_config = AnyConfig;
  try {
    parser::ThrowIfErrors(parsed, source);
    CheckPlan(PlanBuild(parsed.dockerfile, source, input));
  } catch (const Error& error) {
    Require(error.kind() != ErrorKind::kInternal);
    Require(!error.excerpts().empty() || parsed.dockerfile.stages.empty() ||
            error.kind() == ErrorKind::kUnsupported);
  }
  return 0;
}
