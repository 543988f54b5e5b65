#include "cli/tools/compatibility.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <vector>

#include "cli/options.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

std::string_view NameOf(FlagFate fate) {
  switch (fate) {
    case FlagFate::kDone:
      return "done";
    case FlagFate::kAlways:
      return "always so";
    case FlagFate::kNoEffect:
      return "no effect, one note";
    case FlagFate::kRefused:
      break;
  }
  return "refused";
}

std::string Names(const Flag& flag) {
  const OptionSpec spec = ParseOptionNames(flag.names);
  std::string text =
      spec.letter == '\0' ? spec.name : fmt::format("-{}, {}", spec.letter, spec.name);
  if (flag.value.empty()) return text;
  return text + (flag.value.starts_with('[') ? "" : " ") + std::string(flag.value);
}

std::string Remark(const Flag& flag) {
  if (flag.fate == FlagFate::kDone) {
    return flag.text.empty() ? std::string() : fmt::format("as `{}`", flag.text);
  }
  std::string text(flag.text);
  if (!flag.harmless.empty()) {
    std::vector<std::string> values;
    for (const std::string_view value : Split(flag.harmless, '|')) {
      values.push_back(fmt::format("`{}`", value));
    }
    text += fmt::format(" (silent for {})", Join(values, ", "));
  }
  if (!flag.hint.empty()) text += fmt::format("; {}", flag.hint);
  return text;
}

// Words that take the same flags to the same verb are told together.
struct Group {
  std::vector<std::string_view> words;
  const Word* first = nullptr;
};

std::vector<Group> GroupsOf(const Tool& tool) {
  std::vector<Group> groups;
  for (const Word& word : tool.words) {
    const auto same = std::find_if(groups.begin(), groups.end(), [&](const Group& group) {
      return group.first->verb == word.verb && group.first->flags.data() == word.flags.data();
    });
    if (same != groups.end()) {
      same->words.push_back(word.words);
    } else {
      groups.push_back({{word.words}, &word});
    }
  }
  return groups;
}

std::string WordsOf(const Tool& tool, const Group& group) {
  std::vector<std::string> words;
  for (const std::string_view word : group.words) {
    words.push_back(fmt::format("`{} {}`", tool.name, word));
  }
  return Join(words, ", ");
}

std::string FlagTable(std::span<const Flag> flags) {
  std::string text = "| flag | | |\n|---|---|---|\n";
  for (const Flag& flag : flags) {
    text += fmt::format("| `{}` | {} | {} |\n", Names(flag), NameOf(flag.fate), Remark(flag));
  }
  return text;
}

std::string AbsentTable(const Tool& tool) {
  std::string text = "\nNot there:\n\n| word | why | instead |\n|---|---|---|\n";
  for (const Absent& each : tool.absent) {
    text += fmt::format("| `{} {}` | {} | {} |\n", tool.name, each.words, each.why, each.hint);
  }
  return text;
}

std::string Section(const Tool& tool) {
  std::string text = fmt::format("\n## {}\n", tool.title);
  if (!tool.globals.empty()) text += "\nBefore the word:\n\n" + FlagTable(tool.globals);
  for (const Group& group : GroupsOf(tool)) {
    text += fmt::format("\n{}: `ibuild {}`", WordsOf(tool, group), group.first->verb);
    text += group.first->flags.empty() ? ".\n" : "\n\n" + FlagTable(group.first->flags);
  }
  if (!tool.absent.empty()) text += AbsentTable(tool);
  return text;
}

}  // namespace

std::string CompatibilityText(const Tool& tool) {
  std::string text = fmt::format("The command line of {}, when ibuild is called as `{}`:\n",
                                 tool.title, tool.name);
  const auto lines = [&](std::span<const Flag> flags) {
    for (const Flag& flag : flags) {
      if (flag.fate == FlagFate::kDone && flag.text.empty()) continue;
      text += fmt::format("  {:34} {}: {}\n", Names(flag), NameOf(flag.fate), Remark(flag));
    }
  };
  lines(tool.globals);
  for (const Group& group : GroupsOf(tool)) {
    text += fmt::format("\n{} -> ibuild {}\n", Join({group.words.begin(), group.words.end()}, ", "),
                        group.first->verb);
    lines(group.first->flags);
  }
  for (const Absent& each : tool.absent) {
    text += fmt::format("\n{}: not there: {}; {}\n", each.words, each.why, each.hint);
  }
  return text;
}

std::string CompatibilityMarkdown() {
  std::string text =
      "# Other tools' command lines\n\n"
      "Made from the tables in `cli/tools/` (`IBUILD_ACCEPT=1` with the test\n"
      "`Compatibility.TheDocumentIsWhatTheTablesSay` writes it anew). `ibuild help compatibility`\n"
      "shows the same for one tool.\n\n"
      "Links with the names of other tools (`cmake --install BUILD --component aliases`) make "
      "ibuild\n"
      "take their words; under its own name it takes Docker's. A flag is *done*, or accepted "
      "because\n"
      "it is *always so*, or accepted with one note that it has *no effect*, or *refused* with "
      "the\n"
      "reason and what to do instead.\n";
  for (const Tool* const tool : Tools()) {
    if (tool->kind != ToolKind::kIbuild && !tool->words.empty()) text += Section(*tool);
  }
  return text;
}

}  // namespace ibuild::cli
