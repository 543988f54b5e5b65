#include "cli/dispatch.h"

#include <fmt/format.h>

#include "cli/global_options.h"
#include "support/error.h"
#include "support/suggest.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

// The arguments that are global options at the front, with their values.
std::size_t CountGlobalArguments(const OptionSet& globals,
                                 const std::vector<std::string>& arguments) {
  std::size_t count = 0;
  while (count < arguments.size()) {
    const std::string& argument = arguments[count];
    const std::size_t equals = argument.find('=');
    const OptionSpec* const spec = globals.Find(argument.substr(0, equals));
    if (spec == nullptr) break;
    const bool separate_value = !spec->value.empty() && equals == std::string::npos;
    count += separate_value ? 2 : 1;
  }
  return std::min(count, arguments.size());
}

Dispatch Named(std::string_view name, std::vector<std::string> arguments = {}) {
  return {FindCommand(name), std::move(arguments)};
}

bool LooksLikeAContext(const std::string& word) {
  return word.find_first_of("/.:@") != std::string::npos;
}

void RefuseMisspelling(const std::string& word,
                       const std::function<bool(const std::string&)>& exists) {
  if (word == "-" || LooksLikeAContext(word) || exists(word)) return;
  std::vector<std::string> names;
  for (const CommandEntry& entry : Commands()) names.emplace_back(entry.name);
  Error error(ErrorKind::kUsage,
              fmt::format("{} is neither a command nor a directory to build", Quote(word)));
  if (const auto nearest = ClosestMatch(word, names)) {
    error.AddHint(fmt::format("did you mean `ibuild {}`?", *nearest));
  } else {
    error.AddHint("`ibuild --help` lists the commands");
  }
  throw error;
}

}  // namespace

Dispatch ChooseCommand(const std::vector<std::string>& arguments, Settings& settings,
                       const std::function<bool(const std::string&)>& exists) {
  OptionSet globals;
  DeclareGlobalOptions(globals, settings);
  const auto split =
      arguments.begin() + static_cast<std::ptrdiff_t>(CountGlobalArguments(globals, arguments));
  globals.Parse({arguments.begin(), split}, OperandRule{});
  std::vector<std::string> rest(split, arguments.end());
  if (rest.empty() || rest[0] == "--help" || rest[0] == "-h") return Named("help");
  if (rest[0] == "--version" || rest[0] == "-v") return Named("version");
  if (rest[0].size() > 1 && rest[0][0] == '-') return Named("build", std::move(rest));
  if (const CommandEntry* const entry = FindCommand(rest[0])) {
    return {entry, {rest.begin() + 1, rest.end()}};
  }
  RefuseMisspelling(rest[0], exists);
  return Named("build", std::move(rest));
}

}  // namespace ibuild::cli
