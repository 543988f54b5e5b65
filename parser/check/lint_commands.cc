// Our own rules about what RUN commands say to the shell.
#include <fmt/format.h>

#include <algorithm>

#include "parser/check/lint_rules.h"
#include "parser/check/shell_commands.h"
#include "support/text.h"

namespace ibuild::parser {
namespace {

bool HasWord(const ShellCommand& command, std::string_view word) {
  return std::ranges::find(command, word) != command.end();
}

bool IsApt(const ShellCommand& command, std::string_view action) {
  return (command[0] == "apt-get" || command[0] == "apt") && HasWord(command, action);
}

bool SaysYes(const ShellCommand& command) {
  return std::ranges::any_of(command, [](std::string_view word) {
    const bool short_options = word.starts_with('-') && !word.starts_with("--");
    return word == "--yes" || word == "--assume-yes" || word == "--force-yes" ||
           (short_options && (word.find('y') != std::string_view::npos || word == "-qq"));
  });
}

template <typename Visit>
void ForEachShellRun(const LintInput& input, const Visit& visit) {
  ForEach<Run>(input.dockerfile, [&](const Run& run, const InstructionSource& source) {
    if (run.command.is_exec || run.interpreted) return;
    visit(run, source, SplitShellCommands(run.command.text));
  });
}

// `set -e`, `set -euo pipefail`, `set -o errexit`.
bool SetsErrexit(const ShellCommand& command) {
  if (command[0] != "set") return false;
  return std::ranges::any_of(command, [](std::string_view word) {
    return word == "errexit" || (word.starts_with('-') && word.find('e') != std::string_view::npos);
  });
}

bool ShellHasErrexit(const Shell& shell) {
  return std::ranges::any_of(shell.argv, [](std::string_view word) {
    return word == "errexit" || (word.starts_with('-') && !word.starts_with("--") &&
                                 word.find('e') != std::string_view::npos);
  });
}

void ReportHeredoc(const InstructionSource& source, Findings& findings) {
  findings.Report(source, source.range,
                  "Here-document without `set -e`: only the last command's failure stops the build",
                  "make `set -e` its first line");
}

}  // namespace

void CheckHeredocWithoutErrexit(const LintInput& input, Findings& findings) {
  for (const Stage& stage : input.dockerfile.stages) {
    bool shell_has_errexit = false;
    for (const Instruction& instruction : stage.instructions) {
      if (const auto* shell = std::get_if<Shell>(&instruction.body)) {
        shell_has_errexit = ShellHasErrexit(*shell);
      }
      const auto* run = std::get_if<Run>(&instruction.body);
      if (run == nullptr || !run->script || run->interpreted || shell_has_errexit) continue;
      const std::vector<ShellCommand> commands = SplitShellCommands(run->command.text);
      if (commands.size() < 2 || std::ranges::any_of(commands, SetsErrexit)) continue;
      // With && at the end of every line there is one list, which fails as a whole.
      if (Trim(run->command.text).find('\n') == std::string_view::npos) continue;
      ReportHeredoc(instruction.source, findings);
    }
  }
}

void CheckAptUpdateAlone(const LintInput& input, Findings& findings) {
  ForEachShellRun(input, [&](const Run&, const InstructionSource& source, const auto& commands) {
    const auto does = [&](std::string_view action) {
      return std::ranges::any_of(
          commands, [&](const ShellCommand& command) { return IsApt(command, action); });
    };
    const bool uses = does("install") || does("upgrade") || does("dist-upgrade") ||
                      does("full-upgrade") || does("build-dep") || does("download") ||
                      does("satisfy");
    if (!does("update") || uses) return;
    findings.Report(source, source.range,
                    "`apt-get update` without `apt-get install` in the same RUN",
                    "join them: RUN apt-get update && apt-get install -y PACKAGE");
  });
}

void CheckAptInstallWithoutYes(const LintInput& input, Findings& findings) {
  ForEachShellRun(input, [&](const Run&, const InstructionSource& source, const auto& commands) {
    for (const ShellCommand& command : commands) {
      if (!IsApt(command, "install") || SaysYes(command)) continue;
      findings.Report(source, source.range, "`apt-get install` without -y waits for an answer",
                      "write apt-get install -y");
      return;
    }
  });
}

void CheckLostShellState(const LintInput& input, Findings& findings) {
  ForEachShellRun(input, [&](const Run&, const InstructionSource& source, const auto& commands) {
    if (commands.empty()) return;
    const bool all_cd = std::ranges::all_of(
        commands, [](const ShellCommand& command) { return command[0] == "cd"; });
    const bool all_export = std::ranges::all_of(
        commands, [](const ShellCommand& command) { return command[0] == "export"; });
    if (all_cd) {
      findings.Report(source, source.range, "`cd` has no effect on the next instruction",
                      "use WORKDIR");
    } else if (all_export) {
      findings.Report(source, source.range, "`export` has no effect on the next instruction",
                      "use ENV");
    }
  });
}

void CheckSudoInRun(const LintInput& input, Findings& findings) {
  ForEachShellRun(input, [&](const Run&, const InstructionSource& source, const auto& commands) {
    const bool uses = std::ranges::any_of(
        commands, [](const ShellCommand& command) { return command[0] == "sudo"; });
    if (!uses) return;
    findings.Report(source, source.range, "`sudo` in a RUN",
                    "put USER root before it and USER back behind it");
  });
}

}  // namespace ibuild::parser
