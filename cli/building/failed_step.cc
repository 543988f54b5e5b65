#include "cli/building/failed_step.h"

#include <fmt/format.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "cli/render/error_report.h"
#include "cli/render/output.h"
#include "cli/render/quiet_reporter.h"
#include "layers/store/layer_store.h"
#include "layers/store/store.h"
#include "sandbox/process/raw_terminal.h"
#include "sandbox/spec/written_layer.h"
#include "support/environment.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

// Who reads a terminal that another job has is stopped (SIGTTIN). Standard output is the shell's,
// too, and must not be what somebody makes of the build.
bool SomebodySitsHere() {
  return builder::IsTerminal(STDIN_FILENO) && builder::IsTerminal(STDOUT_FILENO) &&
         builder::IsTerminal(STDERR_FILENO) && ::tcgetpgrp(STDIN_FILENO) == ::getpgrp();
}

bool IsLive(const Settings& settings) {
  return settings.progress == "tty" || (settings.progress == "auto" && settings.live_terminal);
}

// Runners give their jobs terminals that nobody sits at.
bool IsJob() { return !GetEnvironment("CI").value_or("").empty(); }

// The one that the step's own command was given to, else sh.
std::string ShellOf(const std::vector<std::string>& argv) {
  const bool is_shell_form = argv.size() > 2 && argv[argv.size() - 2] == "-c";
  return is_shell_form ? argv[0] : "/bin/sh";
}

// Layers that are thrown away.
using Changes = std::vector<layers::StagedLayer>;

// The files of the failed step, and those of its mounts, below layers that are thrown away.
builder::SandboxSpec ShellIn(const builder::SandboxSpec& failed, const layers::LayerStore& store,
                             Changes& changes) {
  builder::SandboxSpec spec = failed;
  changes.push_back(store.Stage());
  spec.root.lowers.push_back(failed.root.upper);
  spec.root.upper = changes.back().upper();
  spec.root.work = changes.back().work();
  for (std::size_t i = 0; i < spec.mounts.size(); ++i) {
    const auto written = builder::WrittenLayer(failed, i);
    if (!written) continue;
    auto& view = std::get<builder::OverlayMount>(spec.mounts[i].what);
    changes.push_back(store.Stage());
    view.lowers.push_back(*written);
    view.scratch = changes.back().upper();
  }
  spec.argv = {ShellOf(failed.argv)};
  const auto is_term = [](const std::string& variable) { return variable.starts_with("TERM="); };
  if (std::ranges::none_of(spec.env, is_term)) spec.env.emplace_back("TERM=xterm");
  return spec;
}

builder::ProcessIo OurTerminal() {
  builder::ProcessIo io;
  io.inherit = true;
  io.interactive = true;
  io.passes_ends = false;
  return io;
}

// One line that was typed, without its end; nothing at the end of the input, or on `stop`.
std::optional<std::string> ReadTyped(const std::stop_token& stop) {
  constexpr int kLookMilliseconds = 100;
  std::string line;
  while (!stop.stop_requested()) {
    pollfd typed{STDIN_FILENO, POLLIN, 0};
    const int ready = ::poll(&typed, 1, kLookMilliseconds);
    if (ready == 0 || (ready < 0 && errno == EINTR)) continue;
    char byte = 0;
    if (ready < 0 || ::read(STDIN_FILENO, &byte, 1) != 1) return std::nullopt;
    if (byte == '\n') return line;
    line += byte;
  }
  return std::nullopt;
}

}  // namespace

OnError ParseOnError(const std::string& text) {
  if (text == "fail") return OnError::kEnd;
  if (text == "ask") return OnError::kAsk;
  if (text == "shell") return OnError::kShell;
  throw Error(ErrorKind::kUsage, fmt::format("{} is none of ask, shell, fail", Quote(text)));
}

OnError ChooseOnError(const std::optional<OnError>& wanted, const Settings& settings) {
  if (!wanted) {
    const bool asks =
        settings.tool == ToolKind::kIbuild && IsLive(settings) && !IsJob() && SomebodySitsHere();
    return asks ? OnError::kAsk : OnError::kEnd;
  }
  if (*wanted == OnError::kEnd) return *wanted;
  if (!SomebodySitsHere()) {
    throw Error(ErrorKind::kUsage, "--on-error asks at a terminal, and there is none")
        .WithHint("standard input, output and error have to be one; or leave the option out");
  }
  if (!IsLive(settings)) {
    throw Error(ErrorKind::kUsage,
                fmt::format("--on-error cannot ask while progress is {}", settings.progress))
        .WithHint("leave --progress and --quiet out: what other steps say would go on in between");
  }
  return *wanted;
}

builder::ExecutionResult AskingExecutor::Run(const builder::SandboxSpec& spec,
                                             const builder::ProcessIo& io, std::stop_token stop) {
  if (on_error_ == OnError::kEnd) return inner_.Run(spec, io, stop);
  LogTail tail;
  builder::ProcessIo heard = io;
  heard.output = [&](std::string_view bytes) {
    tail.Add(bytes);
    io.output(bytes);
  };
  builder::ExecutionResult result = inner_.Run(spec, heard, stop);
  if (result.status.Success()) return result;
  const std::lock_guard lock(mutex_);
  // An answer about another step is the end of this one, too.
  if (answer_ || stop.stop_requested() || !SomebodySitsHere()) return result;
  wiring_.WithTerminal([&] {
    const std::string command = Join(spec.argv, " ");
    StandardError()(tail.Render(command));
    StandardError()(PrintableText(fmt::format("process {} failed: exit code: {}", Quote(command),
                                              result.status.ShellCode())) +
                    "\n");
    // Not `stop`: another stage that fails meanwhile is no reason to end what the user does here.
    Ask(spec, wiring_.stop());
  });
  if (stop.stop_requested()) throw Error(ErrorKind::kCancelled, "cancelled");
  return result;
}

bool AskingExecutor::TakeRetry() {
  const std::lock_guard lock(mutex_);
  return std::exchange(answer_, std::nullopt) == Answer::kRetry;
}

void AskingExecutor::Ask(const builder::SandboxSpec& failed, const std::stop_token& stop) {
  Answer answer = on_error_ == OnError::kShell ? Answer::kShell : ReadAnswer(stop);
  while (answer == Answer::kShell) {
    Enter(failed, stop);
    answer = ReadAnswer(stop);
  }
  answer_ = answer;
}

AskingExecutor::Answer AskingExecutor::ReadAnswer(const std::stop_token& stop) const {
  for (;;) {
    ::tcflush(STDIN_FILENO, TCIFLUSH);  // typed before there was a question, it answers none
    StandardError()("[s]hell where it failed, [r]etry with the files as they are now, [q]uit: ");
    const std::optional<std::string> typed = ReadTyped(stop);
    if (!typed) {
      StandardError()("\n");
      return Answer::kQuit;
    }
    const std::string_view word = Trim(*typed);
    if (word == "s" || word == "shell") return Answer::kShell;
    if (word == "r" || word == "retry") return Answer::kRetry;
    if (word == "q" || word == "quit") return Answer::kQuit;
  }
}

// A shell that cannot be had (FROM scratch, a full disk) is no reason to take the choice away.
void AskingExecutor::Enter(const builder::SandboxSpec& failed, const std::stop_token& stop) {
  try {
    Changes changes;
    builder::SandboxSpec spec = ShellIn(failed, wiring_.store().layer_directories(), changes);
    builder::ProcessIo io = OurTerminal();
    const auto enter = [&] { inner_.Run(spec, io, stop); };
    try {
      enter();
    } catch (const Error& error) {
      // By chroot there is no terminal of its own: it reads and writes ours by pipes.
      if (error.kind() != ErrorKind::kUnsupported) throw;
      io.plain = true;
      spec.argv.emplace_back("-i");
      enter();
    }
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kCancelled) throw;
    StandardError()(RenderError(error, Palette(wiring_.settings().color)));
  }
}

}  // namespace ibuild::cli
