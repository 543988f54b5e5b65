// OrderedWorkers: turns blocks into other blocks on several threads and hands the results on in
// the order in which the blocks came. At most `threads` + 1 blocks are in the works, so memory is
// bounded and a slow taker slows the giver. Used from one thread.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <future>
#include <vector>

#include "support/byte_stream.h"
#include "support/task_pool.h"

namespace ibuild::layers {

using ByteBlock = std::vector<std::byte>;

class OrderedWorkers {
 public:
  using Work = std::function<ByteBlock(const ByteBlock&)>;  // called from any thread

  OrderedWorkers(std::size_t threads, Work work, ByteSink& sink);

  void Submit(ByteBlock block);  // may wait, and write earlier results
  void Drain();                  // writes all results; rethrows what a worker threw

 private:
  void WriteOldest();

  const std::size_t threads_;
  const Work work_;
  ByteSink& sink_;
  std::deque<std::future<ByteBlock>> pending_;
  TaskPool pool_;  // last: its threads end first
};

}  // namespace ibuild::layers
