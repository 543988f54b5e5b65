// BuildGraph: what has to be done, and in which order it may be done.
//
// Vertices are in a topological order: every input has a smaller id. inputs[0] of a RunOp, CopyOp
// or WorkdirOp is the state of the file system that it starts from; further inputs are the vertices
// that its op names in VertexInput. ScratchOp and ImageOp have none.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "builder/graph/op.h"
#include "oci/image_config.h"
#include "support/source_text.h"

namespace ibuild::builder {

struct Vertex {
  Op op;
  std::vector<VertexId> inputs;
  std::string title;                         // "[build 2/5] RUN make", as progress shows it
  std::string stage;                         // name, or "stage-2"
  SourceRange range;                         // in the Dockerfile
  std::vector<std::string> build_arg_names;  // of RunOp: which of env came from ARG
};

// One history entry to be; `layer` is the vertex that makes its layer, nothing for empty ones.
struct PlannedHistory {
  oci::HistoryEntry entry;  // without `created`
  std::optional<VertexId> layer;
};

// An image (one platform) that the build ends in.
struct PlannedImage {
  VertexId state = 0;       // the file system
  VertexId base = 0;        // its ImageOp or ScratchOp, whose layers and history come first
  oci::ImageConfig config;  // complete but for created, diff_ids and history
  std::vector<PlannedHistory> history;
};

struct BuildGraph {
  std::vector<Vertex> vertices;
  std::vector<PlannedImage> images;  // one per platform
};

// Every vertex whose layer is in an image that the build ends in, its base included.
inline std::set<VertexId> VerticesOfImages(const BuildGraph& graph) {
  std::set<VertexId> found;
  for (const PlannedImage& image : graph.images) {
    VertexId vertex = image.state;
    while (found.insert(vertex).second && !graph.vertices[vertex].inputs.empty()) {
      vertex = graph.vertices[vertex].inputs.front();
    }
  }
  return found;
}

}  // namespace ibuild::builder
