#include "cli/tools/apply_flags.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "support/error.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

using Take = std::function<void(const std::string&)>;

bool IsHarmless(const Flag& flag, const std::string& value) {
  if (flag.harmless.empty()) return false;
  const auto values = Split(flag.harmless, '|');
  return std::find(values.begin(), values.end(), value) != values.end();
}

void AddNote(FlagNotes& notes, const std::string& note) {
  if (std::find(notes.begin(), notes.end(), note) == notes.end()) notes.push_back(note);
}

// "--output=type=docker,dest=*": the option that is given the text after the first "=".
Take Forward(const OptionSet& options, const Flag& flag) {
  const std::size_t equals = flag.text.find('=');
  const std::string_view name = flag.text.substr(0, equals);
  const OptionSpec* const target = options.Find(name);
  if (target == nullptr) {
    throw Error(ErrorKind::kInternal,
                fmt::format("{} is told to {}, which is no option", flag.names, name));
  }
  if (equals == std::string_view::npos) return target->take;
  const std::string pattern(flag.text.substr(equals + 1));
  return [take = target->take, pattern](const std::string& value) {
    const std::size_t star = pattern.find('*');
    std::string text = pattern;
    if (star != std::string::npos) text.replace(star, 1, value);
    take(text);
  };
}

Take TakeFor(const OptionSet& options, const Flag& flag, FlagNotes& notes) {
  switch (flag.fate) {
    case FlagFate::kDone:
      return Forward(options, flag);
    case FlagFate::kAlways:
      return [](const std::string&) {};
    case FlagFate::kNoEffect:
      return [&notes, flag](const std::string& value) {
        if (IsHarmless(flag, value)) return;
        AddNote(notes,
                fmt::format("{} has no effect: {}", ParseOptionNames(flag.names).name, flag.text));
      };
    case FlagFate::kRefused:
      return [flag](const std::string& value) {
        if (IsHarmless(flag, value)) return;
        throw Error(ErrorKind::kUnsupported, std::string(flag.text))
            .WithHint(std::string(flag.hint));
      };
  }
  return {};
}

}  // namespace

void ApplyFlags(OptionSet& options, std::span<const Flag> flags, FlagNotes& notes) {
  for (const Flag& flag : flags) {
    if (flag.fate == FlagFate::kDone && flag.text.empty()) continue;
    OptionSpec spec = ParseOptionNames(flag.names);
    spec.value = flag.value;
    spec.shown = false;
    spec.take = TakeFor(options, flag, notes);
    options.Override(std::move(spec));
  }
}

void ApplyPersistentFlags(OptionSet& options, std::span<const Flag> globals, FlagNotes& notes) {
  for (const Flag& flag : globals) {
    if (flag.fate == FlagFate::kDone && flag.text.empty()) continue;
    OptionSpec spec = ParseOptionNames(flag.names);
    if (options.Find(spec.name) != nullptr) continue;
    if (spec.letter != '\0' && options.Find(spec.letter) != nullptr) spec.letter = '\0';
    spec.value = flag.value;
    spec.shown = false;
    spec.take = TakeFor(options, flag, notes);
    options.Override(std::move(spec));
  }
}

std::vector<std::string> PresetArguments(const Word& word) {
  std::vector<std::string> arguments;
  for (const std::string_view argument : Split(word.preset, ' ')) {
    if (!argument.empty()) arguments.emplace_back(argument);
  }
  return arguments;
}

}  // namespace ibuild::cli
