#include "layers/compress/ordered_workers.h"

#include <memory>
#include <utility>

namespace ibuild::layers {

OrderedWorkers::OrderedWorkers(std::size_t threads, Work work, ByteSink& sink)
    : threads_(threads), work_(std::move(work)), sink_(sink), pool_(threads) {}

void OrderedWorkers::Submit(ByteBlock block) {
  if (pending_.size() > threads_) WriteOldest();
  // A function must be copyable, a packaged task is not.
  auto task = std::make_shared<std::packaged_task<ByteBlock()>>(
      [this, block = std::move(block)] { return work_(block); });
  pending_.push_back(task->get_future());
  pool_.Submit([task](std::stop_token) { (*task)(); });
}

void OrderedWorkers::Drain() {
  while (!pending_.empty()) WriteOldest();
}

void OrderedWorkers::WriteOldest() {
  const ByteBlock result = pending_.front().get();
  pending_.pop_front();
  sink_.Write(result);
}

}  // namespace ibuild::layers
