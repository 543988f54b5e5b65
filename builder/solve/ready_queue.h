// ReadyQueue: which vertex of a graph may be worked on next. Pure bookkeeping.
//
//   waiting  -> some input is not done      ready -> all inputs are done
//   running  -> Take() gave it out          done  -> Finish() was called
#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <vector>

#include "builder/graph/op.h"

namespace ibuild::builder {

class ReadyQueue {
 public:
  // By vertex, the vertices that it needs; every one smaller than itself.
  explicit ReadyQueue(const std::vector<std::vector<VertexId>>& inputs);

  std::optional<VertexId> Take();  // the smallest ready one
  void Finish(VertexId vertex);    // one that was taken

  bool HasReady() const { return !ready_.empty(); }
  std::size_t running() const { return running_; }
  bool AllDone() const { return done_ == waiting_for_.size(); }

 private:
  std::vector<std::size_t> waiting_for_;  // inputs that are not done
  std::vector<std::vector<VertexId>> dependants_;
  std::set<VertexId> ready_;
  std::size_t running_ = 0;
  std::size_t done_ = 0;
};

}  // namespace ibuild::builder
