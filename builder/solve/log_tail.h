// LogTail: the last lines that a step wrote, for the message when it fails. Bounded in memory
// whatever the step writes.
#pragma once

#include <chrono>
#include <deque>
#include <string>
#include <string_view>

namespace ibuild::builder {

class LogTail {
 public:
  using Clock = std::chrono::steady_clock;
  explicit LogTail(Clock::time_point start = Clock::now()) : start_(start) {}

  void Add(std::string_view bytes, Clock::time_point now = Clock::now());
  // The block that BuildKit prints, nothing for a step that wrote nothing:
  //   ------
  //    > [2/3] RUN echo hi; false:
  //   0.077 hi
  //   ------
  std::string Render(std::string_view title) const;

 private:
  void EndLine();

  Clock::time_point start_;
  std::deque<std::string> lines_;
  std::string open_;  // the line that has not ended
};

}  // namespace ibuild::builder
