#include "cli/dispatch.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/global_options.h"
#include "support/error.h"
#include "support/suggest.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

const OptionSpec* FindOption(const OptionSet& options, const std::string& argument) {
  if (argument.size() > 1 && argument[0] == '-' && argument[1] != '-') {
    return options.Find(argument[1]);
  }
  return options.Find(argument.substr(0, argument.find('=')));
}

// The value is in the argument itself: `--name=value`, `-nvalue`.
bool HasAttachedValue(const std::string& argument) {
  return argument.starts_with("--") ? argument.find('=') != std::string::npos : argument.size() > 2;
}

// The arguments that are global options at the front, with their values.
std::size_t CountGlobalArguments(const OptionSet& globals,
                                 const std::vector<std::string>& arguments) {
  std::size_t count = 0;
  while (count < arguments.size()) {
    const OptionSpec* const spec = FindOption(globals, arguments[count]);
    if (spec == nullptr) break;
    count += spec->TakesNextArgument() && !HasAttachedValue(arguments[count]) ? 2U : 1U;
  }
  return std::min(count, arguments.size());
}

Dispatch Named(const Tool& tool, const std::string& name, std::vector<std::string> arguments = {}) {
  const Verb verb = FindVerb(tool, std::vector{name});
  return {verb.command, verb.word, std::move(arguments)};
}

bool LooksLikeAContext(const std::string& word) {
  return word.find_first_of("/.:@") != std::string::npos;
}

std::vector<std::string> WordsOf(const Tool& tool) {
  std::vector<std::string> names;
  for (const CommandEntry& entry : Commands()) names.emplace_back(entry.name);
  for (const Word& word : tool.words) names.emplace_back(word.words);
  return names;
}

// A word of two or three letters is near to too many others.
std::size_t NearEnough(const std::string& word) { return word.size() < 4 ? 1 : 2; }

[[noreturn]] void ThrowUnknownWord(const Tool& tool, const std::string& word,
                                   const std::string& message) {
  Error error(ErrorKind::kUsage, message);
  const auto nearest = ClosestMatch(word, WordsOf(tool), NearEnough(word));
  throw error.AddHint(nearest ? fmt::format("did you mean `{} {}`?", tool.name, *nearest)
                              : fmt::format("`{} --help` lists the commands", tool.name));
}

void RefuseMisspelling(const Tool& tool, const std::string& word,
                       const std::function<bool(const std::string&)>& exists) {
  if (word == "-" || LooksLikeAContext(word) || exists(word)) return;
  ThrowUnknownWord(tool, word,
                   fmt::format("{} is neither a command nor a directory to build", Quote(word)));
}

bool IsHelp(const std::string& argument) { return argument == "--help" || argument == "-h"; }

Dispatch WithoutWord(const Tool& tool, std::vector<std::string> rest,
                     const std::function<bool(const std::string&)>& exists) {
  if (tool.without_word.empty() || rest.empty() || !exists(rest[0])) RefuseAbsent(tool, rest);
  const std::size_t group = FindGroup(tool, rest).length;
  if (group != 0 && (rest.size() == group || IsHelp(rest[group]))) {
    rest.resize(group);
    return Named(tool, "help", std::move(rest));
  }
  if (group != 0 && !exists(rest[0])) {
    rest.resize(group + 1);
    const std::string words = Join(rest, " ");
    ThrowUnknownWord(tool, words, fmt::format("{} is no command", Quote(words)));
  }
  const bool options = rest[0].size() > 1 && rest[0][0] == '-';
  if (tool.without_word.empty() && options) {
    throw OptionError(Error(ErrorKind::kUsage, fmt::format("{} is no option", Quote(rest[0])))
                          .WithHint(fmt::format("`{} --help` lists the options", tool.name)));
  }
  if (tool.without_word.empty()) {
    ThrowUnknownWord(tool, rest[0], fmt::format("{} is no command", Quote(rest[0])));
  }
  if (!options && tool.kind == ToolKind::kIbuild) RefuseMisspelling(tool, rest[0], exists);
  return Named(tool, std::string(tool.without_word), std::move(rest));
}

}  // namespace

Dispatch ChooseCommand(const CommandLine& line, Settings& settings, FlagNotes& notes,
                       const std::function<bool(const std::string&)>& exists) {
  const Tool& tool = line.tool;
  OptionSet globals;
  DeclareGlobalOptions(globals, settings);
  ApplyFlags(globals, tool.globals, notes);
  const auto begin = line.arguments.begin();
  const auto split =
      begin + static_cast<std::ptrdiff_t>(CountGlobalArguments(globals, line.arguments));
  globals.Parse({begin, split}, OperandRule{});
  std::vector<std::string> rest(split, line.arguments.end());
  if (rest.empty() || IsHelp(rest[0])) return Named(tool, "help");
  if (rest[0] == "--version" || rest[0] == "-v") return Named(tool, "version");
  const Verb verb = FindVerb(tool, rest);
  if (verb.command == nullptr) return WithoutWord(tool, std::move(rest), exists);
  rest.erase(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(verb.length));
  return {verb.command, verb.word, std::move(rest)};
}

}  // namespace ibuild::cli
