// The conversation with the kernel about stopped calls (seccomp_unotify(2)).
#pragma once

#include <linux/seccomp.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <thread>
#include <utility>

#include "support/error.h"
#include "support/fd.h"

namespace ibuild::builder {

// A new descriptor for the caller, which the call returns.
struct Opened {
  UniqueFd file;
  bool close_on_exec = false;
};

// What a stopped call gets: the kernel goes on with it, or it returns `value`, fails with `error`,
// or returns a descriptor that is made for it. Left alone: somebody else answers it.
struct Reply {
  bool proceed = false;
  bool left_alone = false;
  std::int64_t value = 0;
  int error = 0;
  std::optional<Opened> opened = {};

  static Reply Proceed() { return {.proceed = true}; }
  static Reply LeaveAlone() { return {.left_alone = true}; }
  static Reply Value(std::int64_t value) { return {.value = value}; }
  static Reply Error(int error_number) { return {.error = error_number}; }
  static Reply Done(int error_number) { return {.error = error_number}; }  // 0: success
  static Reply Descriptor(UniqueFd file, bool close_on_exec) {
    return {.opened = Opened{std::move(file), close_on_exec}};
  }
};

// Until no process is left that could call.
void AnswerCalls(int listener, const std::function<Reply(const seccomp_notif&)>& answer);

// A thread that does so: `work(listener)` comes to AnswerCalls. If it throws before that, nothing
// can be answered: closing the listener fails every call, and the step with it.
template <typename Work>
std::jthread AnswerBeside(UniqueFd listener, Work work) {
  return std::jthread([listener = std::move(listener), work = std::move(work)]() mutable {
    try {
      work(listener.get());
    } catch (const Error&) {
      listener.Reset();
    }
  });
}

}  // namespace ibuild::builder
