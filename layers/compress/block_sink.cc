#include "layers/compress/block_sink.h"

#include <algorithm>
#include <deque>
#include <future>
#include <stop_token>
#include <thread>
#include <utility>

#include "support/task_pool.h"

namespace ibuild::layers {
namespace {

constexpr std::size_t kMaxThreads = 8;

std::size_t ThreadCount() {
  return std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, kMaxThreads);
}

class BlockSink final : public ByteSink {
 public:
  BlockSink(std::size_t block_size, BlockWork work, ByteSink& sink)
      : block_size_(block_size),
        work_(std::move(work)),
        sink_(sink),
        threads_(ThreadCount()),
        pool_(threads_) {}

  void Write(std::span<const std::byte> bytes) override {
    while (!bytes.empty()) {
      const std::size_t size = std::min(bytes.size(), block_size_ - block_.size());
      block_.insert(block_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
      bytes = bytes.subspan(size);
      if (block_.size() == block_size_) Submit();
    }
  }

  void Finish() override {
    if (!block_.empty() || !has_block_) Submit();
    while (!pending_.empty()) WriteOldest();
    sink_.Finish();
  }

 private:
  void Submit() {
    has_block_ = true;
    if (pending_.size() > threads_) WriteOldest();
    // A std::function must be copyable, a packaged task is not.
    auto task = std::make_shared<std::packaged_task<ByteBlock()>>(
        [this, block = std::exchange(block_, ByteBlock())] { return work_(block); });
    pending_.push_back(task->get_future());
    pool_.Submit([task](std::stop_token) { (*task)(); });
  }

  void WriteOldest() {
    const ByteBlock result = pending_.front().get();
    pending_.pop_front();
    sink_.Write(result);
  }

  const std::size_t block_size_;
  const BlockWork work_;
  ByteSink& sink_;
  const std::size_t threads_;
  ByteBlock block_;
  bool has_block_ = false;
  std::deque<std::future<ByteBlock>> pending_;
  TaskPool pool_;  // last: its threads end before what they use
};

}  // namespace

std::unique_ptr<ByteSink> MakeBlockSink(std::size_t block_size, BlockWork work, ByteSink& sink) {
  return std::make_unique<BlockSink>(block_size, std::move(work), sink);
}

}  // namespace ibuild::layers
