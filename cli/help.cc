#include "cli/help.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/global_options.h"
#include "support/environment.h"

namespace ibuild::cli {
namespace {

std::string DescribeCommands() {
  std::size_t width = 0;
  for (const CommandEntry& command : Commands()) width = std::max(width, command.name.size());
  std::string text;
  for (const CommandEntry& command : Commands()) {
    text += fmt::format("  {:{}}  {}\n", command.name, width, command.summary);
  }
  return text;
}

std::string DescribeEnvironment() {
  std::size_t width = 0;
  for (const EnvironmentVariable& variable : kEnvironmentVariables) {
    width = std::max(width, std::string_view(variable.name).size());
  }
  std::string text;
  for (const EnvironmentVariable& variable : kEnvironmentVariables) {
    text += fmt::format("  {:{}}  {}\n", variable.name, width, variable.meaning);
  }
  return text;
}

}  // namespace

std::string ProgramHelp() {
  Settings unused;
  OptionSet globals;
  DeclareGlobalOptions(globals, unused);
  return fmt::format(
      "Build container images from Dockerfiles and move them to and from registries\n\n"
      "  ibuild -t user/app:v0.0.1 .     build the directory `.`; the word `build` may be left "
      "out\n"
      "  ibuild push user/app:v0.0.1\n\n"
      "Commands:\n{}\nOptions of every command:\n{}      --help     Show help, of a command after "
      "its name\n      --version  Show the version\n\nEnvironment:\n{}",
      DescribeCommands(), DescribeOptions(globals), DescribeEnvironment());
}

std::string CommandHelp(const CommandEntry& command, const OptionSet& options) {
  return fmt::format("{}\n\n  ibuild {} [OPTIONS] {}\n\nOptions:\n{}", command.summary,
                     command.name, command.operands, DescribeOptions(options));
}

std::string GroupHelp(const Tool& tool, const WordGroup& group) {
  std::size_t width = 0;
  for (const WordGroup::Member& member : group.members) {
    width = std::max(width, member.words.size());
  }
  std::string text = fmt::format("  {} COMMAND [OPTIONS]\n\nCommands:\n", tool.name);
  for (const WordGroup::Member& member : group.members) {
    text += fmt::format("  {:{}}  {}\n", member.words, width, member.command->summary);
  }
  return text;
}

}  // namespace ibuild::cli
