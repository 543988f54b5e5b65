// The vertices of a graph while it is made. Equal work is done once: a vertex that does what
// another one does, to the same inputs, is that vertex.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "builder/graph/build_graph.h"

namespace ibuild::builder {

class VertexTable {
 public:
  VertexId Add(Vertex vertex);
  std::vector<Vertex> Take() { return std::move(vertices_); }

 private:
  std::vector<Vertex> vertices_;
  std::unordered_map<std::string, VertexId> by_meaning_;
};

}  // namespace ibuild::builder
