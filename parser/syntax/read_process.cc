// How containers of the image start, are watched and stop: CMD, ENTRYPOINT, SHELL, HEALTHCHECK,
// STOPSIGNAL.
#include <fmt/format.h>

#include <utility>

#include "parser/syntax/chars.h"
#include "parser/syntax/duration.h"
#include "parser/syntax/flags.h"
#include "parser/syntax/read_instruction.h"
#include "support/text.h"

namespace ibuild::parser {
namespace {

using OptionalDuration = std::optional<std::chrono::nanoseconds>;

// 0 means "not given", as it does to the Docker engine.
OptionalDuration ReadInterval(const InstructionText& text, const InstructionFlags& flags,
                              std::string_view name) {
  const std::optional<Word> value = flags.Value(name);
  if (!value || value->text.empty()) return std::nullopt;
  const OptionalDuration duration = ParseDuration(value->text);
  if (!duration) {
    text.FailAt("InvalidFlagValue", fmt::format("time: invalid duration {}", Quote(value->text)),
                value->range, "a duration looks like 30s, 1m30s or 500ms");
  }
  if (duration->count() == 0) return std::nullopt;
  if (*duration < std::chrono::milliseconds(1)) {
    text.FailAt("InvalidFlagValue", fmt::format("Interval {} cannot be less than 1ms", Quote(name)),
                value->range);
  }
  return duration;
}

std::optional<std::uint32_t> ReadRetries(const InstructionText& text,
                                         const InstructionFlags& flags) {
  const std::optional<Word> value = flags.Value("retries");
  if (!value || value->text.empty()) return std::nullopt;
  std::string_view digits = value->text;
  const bool negative = digits.starts_with('-');
  if (negative || digits.starts_with('+')) digits.remove_prefix(1);
  const std::optional<std::uint64_t> number = ParseUnsigned(digits);
  if (!number || *number > INT32_MAX) {
    text.FailAt("InvalidFlagValue", fmt::format("invalid value for --retries: {}", value->text),
                value->range, "give a number");
  }
  if (negative && *number != 0) {
    text.FailAt("InvalidFlagValue", fmt::format("--retries cannot be negative (-{})", *number),
                value->range);
  }
  if (*number == 0) return std::nullopt;
  return static_cast<std::uint32_t>(*number);
}

// What follows the type word of a HEALTHCHECK.
ShellOrExec ReadHealthCommand(const InstructionText& text, std::string_view type,
                              std::string_view part) {
  const std::string name = ToUpper(type);
  if (name != "CMD") {
    text.Fail("InvalidHealthcheck",
              fmt::format("Unknown type {} in HEALTHCHECK (try CMD)", Quote(name)), type,
              UsageHint(text));
  }
  ShellOrExec command;
  if (!part.empty()) command = ReadShellOrExec(text, part);
  if (command.is_exec ? command.argv.empty() : command.text.empty()) {
    text.Fail("MissingArgument", "Missing command after HEALTHCHECK CMD", type, UsageHint(text));
  }
  return command;
}

}  // namespace

InstructionBody ReadCmd(const InstructionText& text) {
  RefuseFlags(text);
  return Cmd{ReadShellOrExec(text, text.rest)};
}

InstructionBody ReadEntrypoint(const InstructionText& text) {
  RefuseFlags(text);
  return Entrypoint{ReadShellOrExec(text, text.rest)};
}

InstructionBody ReadShell(const InstructionText& text) {
  RequireArguments(text);
  RefuseFlags(text);
  ShellOrExec shell = ReadShellOrExec(text, text.rest);
  if (!shell.is_exec) {
    text.Fail("InvalidShell", "SHELL requires the arguments to be in JSON form", text.rest,
              R"(write SHELL ["/bin/bash", "-c"])");
  }
  if (shell.argv.empty()) FailMissingArguments(text);
  return Shell{std::move(shell.argv)};
}

InstructionBody ReadHealthcheck(const InstructionText& text) {
  RequireArguments(text);
  std::size_t end = 0;
  while (end < text.rest.size() && SpaceLengthAt(text.rest, end) == 0) ++end;
  const std::string_view type = text.rest.substr(0, end);
  const std::string_view part = TrimLeftSpace(text.rest.substr(end));
  Healthcheck check;
  if (EqualsIgnoringCase(type, "NONE")) {
    if (!part.empty()) {
      text.Fail("InvalidHealthcheck", "HEALTHCHECK NONE takes no arguments", part);
    }
    check.none = true;
    return check;
  }
  const InstructionFlags flags(text, {{"interval", FlagKind::kValue},
                                      {"timeout", FlagKind::kValue},
                                      {"start-period", FlagKind::kValue},
                                      {"start-interval", FlagKind::kValue},
                                      {"retries", FlagKind::kValue}});
  check.command = ReadHealthCommand(text, type, part);
  check.interval = ReadInterval(text, flags, "interval");
  check.timeout = ReadInterval(text, flags, "timeout");
  check.start_period = ReadInterval(text, flags, "start-period");
  check.start_interval = ReadInterval(text, flags, "start-interval");
  check.retries = ReadRetries(text, flags);
  return check;
}

InstructionBody ReadStopSignal(const InstructionText& text) {
  return StopSignal{ReadOnlyArgument(text)};
}

}  // namespace ibuild::parser
