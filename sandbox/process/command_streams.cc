#include "sandbox/process/command_streams.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <utility>

#include "support/error.h"
#include "support/files.h"

namespace ibuild::builder {
namespace {

constexpr char kEndOfInput = '\x04';  // Ctrl-D, as terminals are set up

constexpr std::uint32_t Bit(int stream) { return 1U << stream; }

bool AreTheSame(int a, int b) {
  struct stat first {};
  struct stat second {};
  return fstat(a, &first) == 0 && fstat(b, &second) == 0 && first.st_dev == second.st_dev &&
         first.st_ino == second.st_ino;
}

UniqueFd Duplicate(int fd) {
  UniqueFd copy(fcntl(fd, F_DUPFD_CLOEXEC, 0));
  if (!copy) ThrowErrno("duplicating a descriptor");
  return copy;
}

}  // namespace

CommandStreams::CommandStreams(const ProcessIo& io) {
  for_them_.push_back(OpenFile("/dev/null", O_RDWR));
  theirs_.fill(for_them_.back().get());
  if (io.inherit) {
    PlanOurs(io);
    return;
  }
  Pipe pipe = MakePipe();
  theirs_[STDOUT_FILENO] = theirs_[STDERR_FILENO] = pipe.write_end.get();
  for_them_.push_back(std::move(pipe.write_end));
  output_ = Relay(std::move(pipe.read_end), io.output);
}

void CommandStreams::PlanOurs(const ProcessIo& io) {
  for (const int stream : {STDIN_FILENO, STDERR_FILENO, STDOUT_FILENO}) {
    if (io.plain || !IsTerminal(stream)) continue;
    shown_on_ = stream;
    plan_.terminal |= Bit(stream);
  }
  const bool shows = (plan_.terminal & Bit(STDOUT_FILENO)) != 0;
  if (io.plain && IsTerminal(STDIN_FILENO)) {
    // Not the terminal itself: what is typed at it.
    Pipe pipe = MakePipe();
    plan_.null_input = false;
    theirs_[STDIN_FILENO] = pipe.read_end.get();
    for_them_.push_back(std::move(pipe.read_end));
    typed_into_ = std::move(pipe.write_end);
    typed_ = Relay(Duplicate(STDIN_FILENO), typed_into_.get());
  } else if ((plan_.terminal & Bit(STDIN_FILENO)) == 0) {
    plan_.null_input = false;
    theirs_[STDIN_FILENO] = STDIN_FILENO;
  } else if (!shows && !io.interactive) {
    // Whoever reads our output reads the keys, too.
    plan_.terminal &= ~Bit(STDIN_FILENO);
  } else {
    plan_.null_input = false;
  }
  if (!shows) MakePipeFor(STDOUT_FILENO, &output_);
  if ((plan_.terminal & Bit(STDERR_FILENO)) != 0) return;
  if (!shows && AreTheSame(STDOUT_FILENO, STDERR_FILENO)) {
    theirs_[STDERR_FILENO] = theirs_[STDOUT_FILENO];  // so that their order stays
  } else {
    MakePipeFor(STDERR_FILENO, &errors_);
  }
}

void CommandStreams::MakePipeFor(int stream, Relay* relay) {
  Pipe pipe = MakePipe();
  theirs_.at(static_cast<std::size_t>(stream)) = pipe.write_end.get();
  for_them_.push_back(std::move(pipe.write_end));
  *relay = Relay(std::move(pipe.read_end), stream);
}

void CommandStreams::CloseTheirs() { for_them_.clear(); }

void CommandStreams::TakeTerminal(UniqueFd terminal) {
  terminal_ = std::move(terminal);
  terminal_taken_ = true;
  if (fcntl(terminal_.get(), F_SETFL, O_NONBLOCK) < 0) ThrowErrno("preparing the terminal");
  CopyWindowSize(shown_on_, terminal_.get());
  const std::uint32_t both = Bit(STDIN_FILENO) | Bit(STDOUT_FILENO);
  if ((plan_.terminal & both) == both) {
    raw_.emplace(STDIN_FILENO);
  } else {
    MakeTransparent(terminal_.get());
  }
  screen_ = Relay(terminal_.Duplicate(), shown_on_);
  Attach();
}

// Reads what is typed, unless that is for somebody else at present.
void CommandStreams::Attach() {
  if ((plan_.terminal & Bit(STDIN_FILENO)) == 0) return;
  if (raw_ && !raw_->Enter()) {
    typed_ = Relay();
  } else if (typed_.over()) {
    typed_ = Relay(Duplicate(STDIN_FILENO), terminal_.get());
  }
}

bool CommandStreams::HandleSignal(int number) {
  if (number != SIGWINCH && number != SIGCONT) return false;
  if (!terminal_) return true;
  CopyWindowSize(shown_on_, terminal_.get());
  if (number == SIGCONT) Attach();
  return true;
}

void CommandStreams::Continue(std::span<const pollfd, kWaits> waits) {
  output_.Continue(waits[0].revents);
  errors_.Continue(waits[1].revents);
  screen_.Continue(waits[2].revents);
  PassTyped(waits[3].revents);
  // With the user's terminal gone, so is the command's: it hears of that.
  if (!terminal_ || !screen_.over()) return;
  typed_ = Relay();
  terminal_.Reset();
}

void CommandStreams::PassTyped(short events) {
  if (typed_.over()) return;
  typed_.Continue(events);
  if (typed_.over()) typed_into_.Reset();
  if (!typed_.over() || !terminal_) return;
  [[maybe_unused]] const ssize_t written = write(terminal_.get(), &kEndOfInput, 1);
}

void CommandStreams::Finish() {
  output_.Finish();
  errors_.Finish();
  screen_.Finish();
}

}  // namespace ibuild::builder
