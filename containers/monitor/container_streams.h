// The standard streams of a container, from the monitor's side: pipes, or the other end of its
// terminal. Nothing here waits: what cannot be written yet is kept.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "containers/monitor/log_file.h"
#include "sandbox/spec/compile_setup.h"
#include "support/fd.h"

namespace ibuild::containers {

class ContainerStreams {
 public:
  ContainerStreams(bool tty, bool open_stdin);

  // For the start: what the command begins with, and what init is to make of it.
  std::array<int, 3> theirs() const;
  builder::StreamPlan plan() const;
  // When the command runs: `terminal` is its terminal's other end, if it has one.
  void Begin(UniqueFd terminal);

  int output() const { return output_.get(); }  // -1: at its end
  int errors() const { return errors_.get(); }
  int input() const { return pending_.empty() ? -1 : input_.get(); }  // to poll for writing

  // What is there to read, at most 32 KiB; empty: nothing now, or the end.
  std::string_view Read(Stream stream);

  void Type(std::string_view bytes);
  void EndInput();
  void ContinueInput();
  bool accepts_input() const { return pending_.size() < kMostPending; }
  void Resize(int rows, int columns);

 private:
  static constexpr std::size_t kMostPending = 256U << 10;

  bool tty_;
  bool open_stdin_;
  UniqueFd null_;
  std::array<UniqueFd, 3> for_command_;
  UniqueFd input_;
  UniqueFd output_;
  UniqueFd errors_;
  std::string pending_;
  bool input_ends_ = false;
  std::array<char, 32 * 1024> buffer_{};
};

}  // namespace ibuild::containers
