// Our own rules about instructions and their order.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "parser/check/lint_rules.h"
#include "parser/check/shell_commands.h"
#include "support/text.h"

namespace ibuild::parser {
namespace {

// $NAME or ${NAME…} in shell text.
bool MentionsVariable(std::string_view text, std::string_view name) {
  for (std::size_t at = text.find('$'); at != std::string_view::npos; at = text.find('$', at + 1)) {
    std::string_view rest = text.substr(at + 1);
    if (rest.starts_with('{')) rest.remove_prefix(1);
    if (!rest.starts_with(name)) continue;
    const char next = rest.size() > name.size() ? rest[name.size()] : ' ';
    const bool goes_on = next == '_' || (next >= '0' && next <= '9') ||
                         (next >= 'a' && next <= 'z') || (next >= 'A' && next <= 'Z');
    if (!goes_on) return true;
  }
  return false;
}

bool IsArchiveName(std::string_view name) {
  for (const std::string_view suffix :
       {".tar", ".tgz", ".tbz2", ".txz", ".tzst", ".gz", ".bz2", ".xz", ".zst", ".tar.lz4"}) {
    if (name.ends_with(suffix)) return true;
  }
  return false;
}

// Nothing in it that COPY would not do: a plain local path that is no archive by its name.
bool IsPlainSource(const Word& source) {
  const std::string& text = source.text;
  return text.find("://") == std::string::npos && !text.starts_with("git@") &&
         text.find_first_of("*?[$") == std::string::npos && !IsArchiveName(text);
}

// "npm ci", "pip install -r x", "go mod download": slow, and the same until a lock file changes.
bool InstallsDependencies(const ShellCommand& command) {
  struct Installer {
    std::string_view program;
    std::string_view action;
  };
  constexpr std::array kInstallers = {
      Installer{"npm", "install"},      Installer{"npm", "ci"},
      Installer{"yarn", "install"},     Installer{"pnpm", "install"},
      Installer{"pip", "install"},      Installer{"pip3", "install"},
      Installer{"go", "mod"},           Installer{"bundle", "install"},
      Installer{"composer", "install"}, Installer{"apt-get", "install"},
      Installer{"apk", "add"},          Installer{"dnf", "install"},
      Installer{"yum", "install"},      Installer{"poetry", "install"},
      Installer{"uv", "sync"},          Installer{"cargo", "fetch"}};
  return std::ranges::any_of(kInstallers, [&](const Installer& installer) {
    return command[0] == installer.program && command.size() > 1 &&
           std::find(command.begin() + 1, command.end(), installer.action) != command.end();
  });
}

bool CopiesWholeContext(const Instruction& instruction) {
  const auto* copy = std::get_if<Copy>(&instruction.body);
  if (copy == nullptr || copy->from) return false;
  return std::ranges::any_of(copy->files.sources, [](const Word& source) {
    return source.text == "." || source.text == "./" || source.text == "/";
  });
}

bool IsLocalInstall(const ShellCommand& command) {
  return std::ranges::any_of(command, [](std::string_view word) {
    return word == "." || word == "-e" || word.starts_with("./") || word.starts_with(".[");
  });
}

bool InstallsDependencies(const Instruction& instruction) {
  const auto* run = std::get_if<Run>(&instruction.body);
  if (run == nullptr || run->command.is_exec) return false;
  const auto commands = SplitShellCommands(run->command.text);
  return std::ranges::any_of(commands, [](const ShellCommand& command) {
    return InstallsDependencies(command) && !IsLocalInstall(command);
  });
}

void CheckSlash(const CopyFiles& files, const InstructionSource& source, Findings& findings) {
  const std::string& destination = files.destination.text;
  const bool is_directory = destination.ends_with('/') || destination.ends_with("/.") ||
                            destination == "." || destination == ".." ||
                            destination.find('$') != std::string::npos;
  if (files.sources.size() + files.heredocs.size() < 2 || is_directory || files.parents) return;
  findings.Report(
      source, files.destination.range,
      fmt::format("Several sources and a destination without a slash: {}", Quote(destination)),
      fmt::format("write {}/", destination));
}

// The first word that begins with "#", after at least one other word.
void CheckWords(const std::vector<Word>& words, const InstructionSource& source,
                Findings& findings) {
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (words[i].text != "#") continue;
    findings.Report(source, words[i].range, "What follows # is not a comment here",
                    "put the comment in a line of its own");
    return;
  }
}

void CheckRest(const Word& word, const InstructionSource& source, Findings& findings) {
  if (word.text.find(" #") == std::string::npos) return;
  findings.Report(source, word.range, "What follows # is not a comment here",
                  "put the comment in a line of its own");
}

}  // namespace

void CheckSecretArgInRun(const LintInput& input, Findings& findings) {
  for (const Stage& stage : input.dockerfile.stages) {
    std::set<std::string> secrets;
    for (const Instruction& instruction : stage.instructions) {
      if (const auto* arg = std::get_if<Arg>(&instruction.body)) {
        for (const ArgDeclaration& declaration : arg->declarations) {
          if (IsSecretName(declaration.name.text)) secrets.insert(declaration.name.text);
        }
      }
      const auto* run = std::get_if<Run>(&instruction.body);
      if (run == nullptr) continue;
      for (const std::string& name : secrets) {
        if (!MentionsVariable(run->command.text, name)) continue;
        findings.Report(instruction.source, instruction.source.range,
                        fmt::format("RUN uses the secret build argument {}, which stays in the "
                                    "image's history",
                                    name),
                        fmt::format("use RUN --mount=type=secret,id={0},env={0}", name));
      }
    }
  }
}

void CheckAddInsteadOfCopy(const LintInput& input, Findings& findings) {
  ForEach<Add>(input.dockerfile, [&](const Add& add, const InstructionSource& source) {
    const bool has_own_flags = add.checksum || add.keep_git_dir || add.unpack;
    if (has_own_flags || !add.files.heredocs.empty()) return;
    if (!std::ranges::all_of(add.files.sources, IsPlainSource)) return;
    findings.Report(source, source.keyword_range, "ADD where COPY is meant", "write COPY");
  });
}

void CheckCopyBeforeInstall(const LintInput& input, Findings& findings) {
  for (const Stage& stage : input.dockerfile.stages) {
    const auto copy = std::ranges::find_if(stage.instructions, CopiesWholeContext);
    if (copy == stage.instructions.end()) continue;
    const auto install = std::find_if(
        copy, stage.instructions.end(),
        [](const Instruction& instruction) { return InstallsDependencies(instruction); });
    if (install == stage.instructions.end()) continue;
    findings.Report(copy->source, copy->source.range,
                    fmt::format("Any edit in the context repeats the installation in line {}",
                                install->source.range.begin.line),
                    "copy the lock files first, install, then copy the rest");
  }
}

void CheckCopyManyWithoutSlash(const LintInput& input, Findings& findings) {
  ForEach<Copy>(input.dockerfile, [&](const Copy& copy, const InstructionSource& source) {
    CheckSlash(copy.files, source, findings);
  });
  ForEach<Add>(input.dockerfile, [&](const Add& add, const InstructionSource& source) {
    CheckSlash(add.files, source, findings);
  });
}

void CheckTrailingComment(const LintInput& input, Findings& findings) {
  ForEach<Copy>(input.dockerfile, [&](const Copy& copy, const InstructionSource& source) {
    CheckWords(copy.files.sources, source, findings);
  });
  ForEach<Arg>(input.dockerfile, [&](const Arg& arg, const InstructionSource& source) {
    std::vector<Word> names;
    for (const ArgDeclaration& declaration : arg.declarations) names.push_back(declaration.name);
    CheckWords(names, source, findings);
  });
  ForEach<User>(input.dockerfile, [&](const User& user, const InstructionSource& source) {
    CheckRest(user.user, source, findings);
  });
  ForEach<Workdir>(input.dockerfile, [&](const Workdir& workdir, const InstructionSource& source) {
    CheckRest(workdir.path, source, findings);
  });
}

}  // namespace ibuild::parser
