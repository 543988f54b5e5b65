#include "builder/solve/ready_queue.h"

namespace ibuild::builder {

ReadyQueue::ReadyQueue(const std::vector<std::vector<VertexId>>& inputs)
    : waiting_for_(inputs.size()), dependants_(inputs.size()) {
  for (VertexId vertex = 0; vertex < inputs.size(); ++vertex) {
    const std::set<VertexId> distinct(inputs[vertex].begin(), inputs[vertex].end());
    waiting_for_[vertex] = distinct.size();
    for (const VertexId input : distinct) dependants_.at(input).push_back(vertex);
    if (distinct.empty()) ready_.insert(vertex);
  }
}

std::optional<VertexId> ReadyQueue::Take() {
  if (ready_.empty()) return std::nullopt;
  const VertexId vertex = *ready_.begin();
  ready_.erase(ready_.begin());
  ++running_;
  return vertex;
}

void ReadyQueue::Finish(VertexId vertex) {
  --running_;
  ++done_;
  for (const VertexId dependant : dependants_[vertex]) {
    if (--waiting_for_[dependant] == 0) ready_.insert(dependant);
  }
}

}  // namespace ibuild::builder
