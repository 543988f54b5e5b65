#include "cli/program.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <exception>
#include <filesystem>
#include <optional>

#include "cli/dispatch.h"
#include "cli/exit_code.h"
#include "cli/global_options.h"
#include "cli/help.h"
#include "cli/remote/exit_codes.h"
#include "cli/render/error_report.h"
#include "cli/render/output.h"
#include "cli/wiring.h"

namespace ibuild::cli {
namespace {

bool PathExists(const std::string& word) {
  std::error_code ignored;
  return std::filesystem::exists(word, ignored);
}

void PrintNotes(const FlagNotes& notes) {
  for (const std::string& note : notes) StandardError()(fmt::format("note: {}\n", note));
}

// The command line as a command that is ready to run, or --help.
int Run(const CommandLine& given, Wiring& wiring, Running& running) {
  FlagNotes notes;
  const Dispatch dispatch = ChooseCommand(given, wiring.settings(), notes, PathExists);
  const std::unique_ptr<Command> command = dispatch.command->make();
  OptionSet options;
  command->Declare(options);
  DeclareGlobalOptions(options, wiring.settings());
  std::vector<std::string> arguments = dispatch.arguments;
  if (dispatch.word != nullptr) {
    ApplyFlags(options, dispatch.word->flags, notes);
    const std::vector<std::string> preset = PresetArguments(*dispatch.word);
    arguments.insert(arguments.begin(), preset.begin(), preset.end());
  }
  ApplyPersistentFlags(options, given.tool.globals, notes);
  const std::string_view name =
      dispatch.word != nullptr ? dispatch.word->words : dispatch.command->name;
  ParsedLine line;
  OperandRule rule = dispatch.command->rule;
  rule.names = dispatch.command->operands;
  try {
    line = options.Parse(arguments, rule);
  } catch (Error& error) {
    error.AddHint(fmt::format("`{} {} --help` shows how it is used", given.tool.name, name));
    throw;
  }
  if (line.help) {
    WriteStandardOutput(CommandHelp(*dispatch.command, options));
    return kExitOk;
  }
  wiring.stop();
  PrintNotes(notes);
  running = {dispatch.command->name, std::move(arguments), line.operands.size()};
  return command->Run(wiring, line.operands);
}

void Report(const Error& error, const Settings& settings) {
  StandardError()(RenderError(error, Palette(settings.color)));
}

int RunReporting(const CommandLine& line, Wiring& wiring) {
  Running running;
  try {
    return Run(line, wiring, running);
  } catch (const Error& error) {
    wiring.FinishReporting();
    Report(error, wiring.settings());
    // Whatever failed after a signal failed because of it.
    const int signal = wiring.interrupt_signal();
    if (signal != 0) return 128 + signal;
    return ExitCodeOf(error, line.tool.kind, running);
  } catch (const std::exception& error) {
    wiring.FinishReporting();
    Report(Error(ErrorKind::kInternal, error.what())
               .WithHint("this is a bug in ibuild; `--debug` shows more"),
           wiring.settings());
    return kExitFailed;
  }
}

// A standard stream that is closed would be the number of the next file that is opened, and what is
// said there would be written into that.
void OpenStandardStreams() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(fd, F_GETFD) < 0) ::open("/dev/null", O_RDWR);  // takes the lowest free number
  }
}

// The usual soft limit is low for programs that pass descriptors to select(2). A layer in use is a
// descriptor here, and many steps at once have many of them. Steps get limits of their own.
void RaiseDescriptorLimit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

int RunProgram(const std::string& called, const std::vector<std::string>& arguments) {
  OpenStandardStreams();
  // A peer that closes its end is an error of the write (EPIPE), told where it happened.
  ::signal(SIGPIPE, SIG_IGN);
  // Ignored by whoever started us, it would reap our children before we hear how they ended.
  ::signal(SIGCHLD, SIG_DFL);
  RaiseDescriptorLimit();
  const Tool& tool = ToolCalled(called);
  Settings settings;
  settings.tool = tool.kind;
  try {
    settings = ReadSettings();
    settings.tool = tool.kind;
    Wiring wiring(settings);
    const int code = RunReporting({tool, arguments}, wiring);
    wiring.WriteTrace();
    wiring.DoAtEnd();
    return code;
  } catch (const Error& error) {
    Report(error, settings);
    return ExitCodeOf(error, settings.tool);
  } catch (const std::exception& error) {
    Report(Error(ErrorKind::kInternal, error.what()), settings);
    return kExitFailed;
  }
}

}  // namespace ibuild::cli
