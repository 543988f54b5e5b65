#include "support/task_pool.h"

#include <utility>

namespace ibuild {
namespace {

std::size_t ThreadLimit(std::size_t wanted) {
  if (wanted != 0) return wanted;
  const std::size_t machine = std::thread::hardware_concurrency();
  return machine == 0 ? 1 : machine;
}

}  // namespace

TaskPool::TaskPool(std::size_t threads, std::stop_token stop)
    : thread_limit_(ThreadLimit(threads)),
      outer_stop_(std::move(stop), std::function<void()>([this] { stop_.request_stop(); })) {}

TaskPool::~TaskPool() {
  stop_.request_stop();
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
    tasks_.clear();
  }
  work_ready_.notify_all();
  threads_.clear();  // joins, while the members that the workers use are still alive
}

void TaskPool::Submit(std::function<void(std::stop_token)> task) {
  {
    const std::lock_guard lock(mutex_);
    if (closing_ || first_error_) return;
    tasks_.push_back(std::move(task));
    // A thread for this task unless one is free for it: threads that are not running are waiting.
    if (threads_.size() < thread_limit_ && threads_.size() < running_ + tasks_.size()) {
      threads_.emplace_back([this] { RunWorker(); });
    }
  }
  work_ready_.notify_one();
}

void TaskPool::Wait() {
  std::unique_lock lock(mutex_);
  idle_.wait(lock, [this] { return tasks_.empty() && running_ == 0; });
  if (first_error_) std::rethrow_exception(first_error_);
}

void TaskPool::RunWorker() {
  std::unique_lock lock(mutex_);
  for (;;) {
    work_ready_.wait(lock, [this] { return closing_ || !tasks_.empty(); });
    if (tasks_.empty()) return;
    auto task = std::move(tasks_.front());
    tasks_.pop_front();
    ++running_;
    lock.unlock();
    std::exception_ptr error;
    try {
      task(stop_.get_token());
    } catch (...) {
      error = std::current_exception();
    }
    if (error) Fail(std::move(error));
    task = nullptr;  // what the task holds must be gone before Wait() returns
    lock.lock();
    --running_;
    if (tasks_.empty() && running_ == 0) idle_.notify_all();
  }
}

// The error is kept before the others are told to stop: what they throw for being stopped must not
// take its place. The stop itself is requested without the lock, as stop callbacks may submit.
void TaskPool::Fail(std::exception_ptr error) {
  {
    const std::lock_guard lock(mutex_);
    if (first_error_) return;
    first_error_ = std::move(error);
    tasks_.clear();
  }
  stop_.request_stop();
}

}  // namespace ibuild
