#include "cli/tools/tool.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "cli/tools/tables.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

constexpr std::array<const Tool*, 9> kTools = {&kIbuildTool,  &kDockerTool, &kPodmanTool,
                                               &kBuildahTool, &kKanikoTool, &kSkopeoTool,
                                               &kCraneTool,   &kRegctlTool, &kOrasTool};

// How many words of `line` are the words of `name`; 0: it begins otherwise.
std::size_t MatchedWords(std::string_view name, std::span<const std::string> line) {
  const auto words = Split(name, ' ');
  if (words.size() > line.size()) return 0;
  return std::equal(words.begin(), words.end(), line.begin()) ? words.size() : 0;
}

const CommandEntry* FindLongest(std::span<const CommandEntry> commands,
                                std::span<const std::string> line, std::size_t& length) {
  const CommandEntry* found = nullptr;
  length = 0;
  for (const CommandEntry& entry : commands) {
    const std::size_t words = MatchedWords(entry.name, line);
    if (words > length) {
      found = &entry;
      length = words;
    }
  }
  return found;
}

const CommandEntry* CommandOf(const Tool& tool, std::string_view verb) {
  const auto own = std::find_if(tool.commands.begin(), tool.commands.end(),
                                [verb](const CommandEntry& entry) { return entry.name == verb; });
  return own != tool.commands.end() ? &*own : FindCommand(verb);
}

// The words and verbs that begin with the first `length` words of `line`, and go on.
std::vector<WordGroup::Member> MembersOf(const Tool& tool, std::span<const std::string> line,
                                         std::size_t length) {
  const std::string start =
      Join(std::vector<std::string>(line.begin(),
                                    line.begin() + static_cast<std::ptrdiff_t>(length)),
           " ") +
      " ";
  std::vector<WordGroup::Member> members;
  for (const Word& word : tool.words) {
    if (word.words.starts_with(start)) members.push_back({word.words, CommandOf(tool, word.verb)});
  }
  const auto known = [&](const CommandEntry& entry) {
    return std::any_of(members.begin(), members.end(),
                       [&](const WordGroup::Member& each) { return each.words == entry.name; });
  };
  for (const CommandEntry& entry : Commands()) {
    if (entry.name.starts_with(start) && !known(entry)) members.push_back({entry.name, &entry});
  }
  return members;
}

}  // namespace

std::span<const Tool* const> Tools() { return kTools; }

const Tool& ToolCalled(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  for (const Tool* const tool : kTools) {
    if (tool->name == name) return *tool;
  }
  return kIbuildTool;
}

const Tool& ToolOf(ToolKind kind) {
  return **std::find_if(kTools.begin(), kTools.end(),
                        [kind](const Tool* tool) { return tool->kind == kind; });
}

Verb FindVerb(const Tool& tool, std::span<const std::string> line) {
  Verb verb;
  for (const Word& word : tool.words) {
    const std::size_t words = MatchedWords(word.words, line);
    if (words <= verb.length) continue;
    verb = {CommandOf(tool, word.verb), &word, words};
  }
  std::size_t length = 0;
  const CommandEntry* const own = FindLongest(Commands(), line, length);
  if (own != nullptr && length > verb.length) verb = {own, nullptr, length};
  return verb;
}

void RefuseAbsent(const Tool& tool, std::span<const std::string> line) {
  for (const Absent& absent : tool.absent) {
    if (MatchedWords(absent.words, line) == 0) continue;
    throw Error(ErrorKind::kUnsupported,
                fmt::format("there is no `{} {}`: {}", tool.name, absent.words, absent.why))
        .WithHint(std::string(absent.hint));
  }
}

WordGroup FindGroup(const Tool& tool, std::span<const std::string> line) {
  WordGroup group;
  for (std::size_t length = 1; length <= line.size(); ++length) {
    std::vector<WordGroup::Member> members = MembersOf(tool, line, length);
    if (members.empty()) break;
    group = {length, std::move(members)};
  }
  return group;
}

}  // namespace ibuild::cli
