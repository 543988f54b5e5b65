// What a command has as standard input, output and errors, and the passing on of what it writes.
//
// Nothing of the user's is handed into a sandbox but an input that is no terminal. In the place of
// his terminal there is one of the sandbox's own, which shows on it: what a container does to it,
// and types into it, stays inside. In the place of every other output there is a pipe, which the
// command may open by name whoever it runs as.
#pragma once

#include <array>
#include <optional>
#include <span>

#include "sandbox/executor.h"
#include "sandbox/process/raw_terminal.h"
#include "sandbox/process/relay.h"
#include "sandbox/spec/compile_setup.h"
#include "support/fd.h"

namespace ibuild::builder {

class CommandStreams {
 public:
  static constexpr std::size_t kWaits = 4;
  using Waits = std::array<pollfd, kWaits>;

  explicit CommandStreams(const ProcessIo& io);

  // What init makes of them, and what it is to start with.
  const StreamPlan& plan() const { return plan_; }
  const std::array<int, 3>& theirs() const { return theirs_; }
  // Init has its own now: those for it alone would keep a pipe from ending.
  void CloseTheirs();

  // The other end of the terminal that init opened.
  void TakeTerminal(UniqueFd terminal);
  // Whether all is there that the command may use.
  bool MayStart() const { return plan_.terminal == 0 || terminal_taken_; }

  // False when the signal is not about the terminal, but for the command.
  bool HandleSignal(int number);

  Waits waits() const { return {output_.Wait(), errors_.Wait(), screen_.Wait(), typed_.Wait()}; }
  void Continue(std::span<const pollfd, kWaits> waits);
  // Passes on what is left, when the command and all that it started are gone.
  void Finish();

 private:
  void MakePipeFor(int stream, Relay* relay);
  void PlanOurs(const ProcessIo& io);
  void Attach();
  void PassTyped(short events);

  StreamPlan plan_;
  std::array<int, 3> theirs_{-1, -1, -1};
  std::vector<UniqueFd> for_them_;
  UniqueFd terminal_;
  bool terminal_taken_ = false;
  int shown_on_ = -1;  // our descriptor of the user's terminal
  std::optional<RawTerminal> raw_;
  Relay output_;
  Relay errors_;
  Relay screen_;  // from the sandbox's terminal to the user's
  Relay typed_;   // and back; or into a pipe
  UniqueFd typed_into_;
};

}  // namespace ibuild::builder
