// TaskPool: a bounded number of threads for independent pieces of work.
//
// Threads start with the first Submit, so a run that needs none has none (entering a user
// namespace requires a single-threaded process). The first task that throws stops the rest: tasks
// not yet started are dropped, running ones see the stop token, and Wait() rethrows that first
// error.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

namespace ibuild {

class TaskPool {
 public:
  // `threads` 0: as many as this machine may run at once. `stop`: an outer wish to stop.
  explicit TaskPool(std::size_t threads = 0, std::stop_token stop = {});
  ~TaskPool();  // drops what has not started, waits for what runs
  TaskPool(const TaskPool&) = delete;
  TaskPool& operator=(const TaskPool&) = delete;

  void Submit(std::function<void(std::stop_token)> task);  // any thread, tasks included
  void Wait();                                             // until idle; rethrows the first error

 private:
  void RunWorker();
  void Fail(std::exception_ptr error);

  std::size_t thread_limit_;
  std::stop_source stop_;
  std::stop_callback<std::function<void()>> outer_stop_;
  std::mutex mutex_;
  std::condition_variable work_ready_;
  std::condition_variable idle_;
  std::deque<std::function<void(std::stop_token)>> tasks_;
  std::size_t running_ = 0;
  bool closing_ = false;
  std::exception_ptr first_error_;
  std::vector<std::jthread> threads_;
};

}  // namespace ibuild
