#include "support/task_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>

#include "support/files.h"
#include "tests/expect_error.h"

namespace ibuild {
namespace {

TEST(TaskPool, RunsEverything) {
  TaskPool pool(3);
  std::atomic<int> sum = 0;
  for (int i = 1; i <= 100; ++i) pool.Submit([&, i](std::stop_token) { sum += i; });
  pool.Wait();
  EXPECT_EQ(sum, 5050);
}

// What a task holds (files, locks, memory) must be free when Wait() says that all is done.
TEST(TaskPool, WhatTasksHeldIsGoneWhenWaitReturns) {
  std::atomic<int> held = 0;
  TaskPool pool(2);
  for (int i = 0; i < 8; ++i) {
    ++held;
    const std::shared_ptr<void> slow(nullptr, [&held](void*) {
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
      --held;
    });
    pool.Submit([slow](std::stop_token) {});
  }
  pool.Wait();
  EXPECT_EQ(held, 0);
}

TEST(TaskPool, TasksMaySubmitTasks) {
  TaskPool pool(2);
  std::atomic<int> count = 0;
  for (int i = 0; i < 10; ++i) {
    pool.Submit([&](std::stop_token) {
      ++count;
      pool.Submit([&](std::stop_token) { ++count; });
    });
  }
  pool.Wait();
  EXPECT_EQ(count, 20);
}

TEST(TaskPool, NeverRunsMoreThanItsLimit) {
  TaskPool pool(2);
  std::atomic<int> running = 0;
  std::atomic<int> most = 0;
  for (int i = 0; i < 20; ++i) {
    pool.Submit([&](std::stop_token) {
      const int now = ++running;
      int seen = most;
      while (now > seen && !most.compare_exchange_weak(seen, now)) {
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      --running;
    });
  }
  pool.Wait();
  EXPECT_LE(most, 2);
}

TEST(TaskPool, BeingStoppedDoesNotTakeThePlaceOfTheErrorThatStopped) {
  for (int round = 0; round < 200; ++round) {
    TaskPool pool(4);
    std::atomic<int> waiting = 0;
    for (int i = 0; i < 3; ++i) {
      pool.Submit([&](std::stop_token stop) {
        ++waiting;
        while (!stop.stop_requested()) std::this_thread::yield();
        throw Error(ErrorKind::kCancelled, "cancelled");
      });
    }
    pool.Submit([&](std::stop_token) {
      while (waiting < 3) std::this_thread::yield();
      throw Error(ErrorKind::kUnauthorized, "denied");
    });
    ExpectError(ErrorKind::kUnauthorized, "denied", [&] { pool.Wait(); });
  }
}

TEST(TaskPool, TheFirstErrorStopsTheRestAndIsRethrown) {
  TaskPool pool(1);
  std::atomic<int> ran = 0;
  pool.Submit([&](std::stop_token) {
    ++ran;
    throw Error(ErrorKind::kCorrupt, "first");
  });
  for (int i = 0; i < 10; ++i) {
    pool.Submit([&](std::stop_token) {
      ++ran;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    });
  }
  ExpectError(ErrorKind::kCorrupt, "first", [&] { pool.Wait(); });
  EXPECT_LT(ran, 11);
}

TEST(TaskPool, RunningTasksSeeTheStop) {
  TaskPool pool(2);
  std::atomic<bool> stopped = false;
  std::atomic<bool> waiting = false;
  pool.Submit([&](std::stop_token stop) {
    waiting = true;
    while (!stop.stop_requested()) std::this_thread::yield();
    stopped = true;
  });
  pool.Submit([&](std::stop_token) {
    while (!waiting) std::this_thread::yield();
    throw Error(ErrorKind::kInternal, "stop");
  });
  ExpectError(ErrorKind::kInternal, "stop", [&] { pool.Wait(); });
  EXPECT_TRUE(stopped);
}

TEST(TaskPool, AnOuterStopReachesTheTasks) {
  std::stop_source outer;
  TaskPool pool(1, outer.get_token());
  std::atomic<bool> started = false;
  pool.Submit([&](std::stop_token stop) {
    started = true;
    while (!stop.stop_requested()) std::this_thread::yield();
  });
  while (!started) std::this_thread::yield();
  outer.request_stop();
  pool.Wait();
}

TEST(TaskPool, WithoutWorkThereAreNoThreads) {
  const auto threads = [] {
    const std::string status = ReadFile("/proc/self/status");
    return status.substr(status.find("Threads:"), 12);
  };
  const std::string before = threads();
  TaskPool pool;
  pool.Wait();
  EXPECT_EQ(threads(), before);
}

TEST(TaskPool, DestructionDropsWhatHasNotStarted) {
  std::atomic<int> ran = 0;
  {
    TaskPool pool(1);
    for (int i = 0; i < 100; ++i) {
      pool.Submit([&](std::stop_token) {
        ++ran;
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
      });
    }
  }
  EXPECT_LT(ran, 100);
}

}  // namespace
}  // namespace ibuild
