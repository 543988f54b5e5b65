#include "builder/plan/vertex_table.h"

#include <fmt/format.h>

#include <utility>

#include "builder/graph/op_parts.h"

namespace ibuild::builder {
namespace {

std::string MeaningOf(const Vertex& vertex) {
  std::string text(KindOf(vertex.op));
  for (const VertexId input : vertex.inputs) fmt::format_to(std::back_inserter(text), " {}", input);
  for (const OpPart& part : PartsOf(vertex.op)) {
    fmt::format_to(std::back_inserter(text), "\n{} {}:{}", part.name, part.value.size(),
                   part.value);
  }
  return text;
}

}  // namespace

VertexId VertexTable::Add(Vertex vertex) {
  const auto [known, is_new] = by_meaning_.emplace(MeaningOf(vertex), vertices_.size());
  if (is_new) vertices_.push_back(std::move(vertex));
  return known->second;
}

}  // namespace ibuild::builder
