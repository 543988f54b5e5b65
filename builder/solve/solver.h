// Solver: works through a build graph, each vertex from the cache or by running it, independent
// ones side by side.
//
// The calling thread schedules and asks the cache; what misses runs on a pool, or right here when
// nothing else could run meanwhile. So a build that is wholly cached starts no thread, makes no
// user namespace and opens no layer. A step that fails stops the others and nothing of it stays.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

#include "builder/solve/ready_queue.h"
#include "builder/solve/step.h"
#include "support/task_pool.h"

namespace ibuild::builder {

struct SolveResult {
  std::map<VertexId, StepLayer> layers;  // of every vertex that makes one
  std::size_t cached_steps = 0;
};

class Solver {
 public:
  // `need_root` is called, on the calling thread, before the first step that runs.
  Solver(const SolveContext& context, std::function<void()> need_root);
  ~Solver();

  // Once. Throws the error of the first step that failed, with an excerpt of its instruction.
  SolveResult Run();

 private:
  struct Work;

  void Start(VertexId vertex);
  void StartStep(VertexId vertex);
  void Dispatch(std::shared_ptr<Work> work);
  void Perform(Work& work, std::stop_token stop);
  void Attempt(Work& work, const std::stop_token& stop);
  CacheRecord Make(Work& work, const std::stop_token& stop);
  void Complete(VertexId vertex, const CacheKey& key, const CacheRecord& record, bool cached);
  void WaitForOne();
  void Explain(Work& work) const;
  static void KeepListings(Work& work);

  const SolveContext& context_;
  std::function<void()> need_root_;
  ReadyQueue queue_;
  std::set<VertexId> of_images_;  // whose layers the images are made of
  SolveResult result_;

  std::mutex mutex_;
  std::condition_variable finished_;
  std::vector<std::shared_ptr<Work>> done_;  // waiting for the scheduler, guarded by mutex_
  TaskPool pool_;                            // last: its threads use the members above
};

}  // namespace ibuild::builder
