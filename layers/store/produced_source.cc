#include "layers/store/produced_source.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace ibuild::layers {
namespace {

using Block = std::vector<std::byte>;

constexpr std::size_t kBlockSize = 256u << 10;
constexpr std::size_t kBlocksAhead = 4;

// Unwinds the producer when nobody reads any more.
struct ReaderGone {};

// A bounded queue of blocks between the two threads; an empty block is the end.
class BlockQueue {
 public:
  void Push(Block block) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return closed_ || blocks_.size() < kBlocksAhead; });
    if (closed_) throw ReaderGone();
    blocks_.push_back(std::move(block));
    changed_.notify_all();
  }

  void End(std::exception_ptr error) {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    error_ = std::move(error);
    changed_.notify_all();
  }

  Block Pop() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return ended_ || !blocks_.empty(); });
    if (blocks_.empty()) {
      if (error_) std::rethrow_exception(error_);
      return {};
    }
    Block block = std::move(blocks_.front());
    blocks_.pop_front();
    changed_.notify_all();
    return block;
  }

  void Close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Block> blocks_;
  std::exception_ptr error_;
  bool ended_ = false;   // nothing more will be pushed
  bool closed_ = false;  // nothing more will be popped
};

// Gathers small writes, which tar headers are, into blocks.
class QueueSink final : public ByteSink {
 public:
  explicit QueueSink(BlockQueue& queue) : queue_(queue) { block_.reserve(kBlockSize); }

  void Write(std::span<const std::byte> bytes) override {
    while (!bytes.empty()) {
      const std::size_t count = std::min(bytes.size(), kBlockSize - block_.size());
      block_.insert(block_.end(), bytes.begin(),
                    bytes.begin() + static_cast<std::ptrdiff_t>(count));
      bytes = bytes.subspan(count);
      if (block_.size() == kBlockSize) Flush();
    }
  }

  void Flush() {
    if (block_.empty()) return;
    queue_.Push(std::exchange(block_, {}));
    block_.reserve(kBlockSize);
  }

 private:
  BlockQueue& queue_;
  Block block_;
};

void Run(BlockQueue& queue, const std::function<void(ByteSink&)>& produce) {
  try {
    QueueSink sink(queue);
    produce(sink);
    sink.Flush();
    queue.End(nullptr);
  } catch (const ReaderGone&) {
    queue.End(nullptr);
  } catch (...) {
    queue.End(std::current_exception());
  }
}

class ProducedSource final : public ByteSource {
 public:
  explicit ProducedSource(std::function<void(ByteSink&)> produce)
      : thread_([this, produce = std::move(produce)] { Run(queue_, produce); }) {}
  ~ProducedSource() override { queue_.Close(); }

  std::size_t Read(std::span<std::byte> buffer) override {
    if (position_ == block_.size()) {
      block_ = queue_.Pop();
      position_ = 0;
    }
    const std::size_t count = std::min(buffer.size(), block_.size() - position_);
    std::copy_n(block_.begin() + static_cast<std::ptrdiff_t>(position_), count, buffer.begin());
    position_ += count;
    return count;
  }

 private:
  BlockQueue queue_;
  Block block_;
  std::size_t position_ = 0;
  std::jthread thread_;  // last: it uses the queue from its first moment, and joins first
};

}  // namespace

std::unique_ptr<ByteSource> ProduceInBackground(std::function<void(ByteSink&)> produce) {
  return std::make_unique<ProducedSource>(std::move(produce));
}

}  // namespace ibuild::layers
