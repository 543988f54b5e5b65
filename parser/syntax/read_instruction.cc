#include "parser/syntax/read_instruction.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "parser/syntax/flags.h"
#include "parser/syntax/json_array.h"
#include "parser/syntax/words.h"
#include "support/suggest.h"
#include "support/text.h"

namespace ibuild::parser {
namespace {

struct Reader {
  std::string_view keyword;
  InstructionBody (*read)(const InstructionText&);
  std::string_view usage;  // what follows the keyword
  bool heredocs = false;   // whether it may bring here-documents along
};

constexpr std::array kReaders = {
    Reader{"RUN", ReadRun, "COMMAND", true},
    Reader{"COPY", ReadCopy, "SOURCE... DESTINATION", true},
    Reader{"ADD", ReadAdd, "SOURCE... DESTINATION", true},
    Reader{"ENV", ReadEnv, "NAME=VALUE..."},
    Reader{"ARG", ReadArg, "NAME[=DEFAULT]..."},
    Reader{"FROM", ReadFrom, "IMAGE [AS NAME]"},
    Reader{"LABEL", ReadLabel, "NAME=VALUE..."},
    Reader{"WORKDIR", ReadWorkdir, "DIRECTORY"},
    Reader{"USER", ReadUser, "USER[:GROUP]"},
    Reader{"CMD", ReadCmd, "[\"PROGRAM\", \"ARGUMENT\"...]"},
    Reader{"ENTRYPOINT", ReadEntrypoint, "[\"PROGRAM\", \"ARGUMENT\"...]"},
    Reader{"EXPOSE", ReadExpose, "PORT[/PROTOCOL]..."},
    Reader{"VOLUME", ReadVolume, "DIRECTORY..."},
    Reader{"HEALTHCHECK", ReadHealthcheck, "[OPTION...] CMD COMMAND, or HEALTHCHECK NONE"},
    Reader{"STOPSIGNAL", ReadStopSignal, "SIGNAL"},
    Reader{"SHELL", ReadShell, "[\"PROGRAM\", \"OPTION\"...]"},
    Reader{"ONBUILD", ReadOnBuild, "INSTRUCTION"},
    Reader{"MAINTAINER", ReadMaintainer, "NAME"},
};
static_assert(kReaders.size() == std::variant_size_v<InstructionBody>);

const Reader* FindReader(std::string_view keyword) {
  for (const Reader& reader : kReaders) {
    if (reader.keyword == keyword) return &reader;
  }
  return nullptr;
}

// What the writer may have meant, by the looks of the word.
std::string HintForUnknown(std::string_view keyword) {
  if (keyword.starts_with("//")) return "a comment starts with #";
  const bool looks_like_shell = keyword.find_first_of("&|;=-\"'$") != std::string_view::npos;
  if (looks_like_shell) {
    return "the line before it must end with the escape character to be continued here";
  }
  return "an instruction starts with one of " + Join(AllKeywords(), ", ");
}

bool IsJsonArray(std::string_view text) {
  return text.starts_with('[') && ReadJsonArray(text).shape != JsonArrayShape::kNotAnArray;
}

// An array that holds something else than strings is refused wherever the exec form is read.
std::vector<JsonString> ReadExecForm(const InstructionText& text, std::string_view part,
                                     bool& is_exec) {
  is_exec = false;
  if (!part.starts_with('[')) return {};
  JsonArray array = ReadJsonArray(part);
  if (array.shape == JsonArrayShape::kOtherElements) {
    text.FailPlainly("InvalidJsonElement",
                     "when using JSON array syntax, arrays must be comprised of strings only", part,
                     "put every element in double quotes");
  }
  is_exec = array.shape == JsonArrayShape::kStrings;
  return std::move(array.strings);
}

}  // namespace

InstructionBody ReadInstruction(const InstructionText& text) {
  if (const Reader* reader = FindReader(text.name)) return reader->read(text);
  const std::string message = fmt::format("unknown instruction: {}", PrintableText(text.keyword));
  if (const auto near = ClosestMatch(text.name, AllKeywords())) {
    text.Fail("UnknownInstruction", fmt::format("{} (did you mean {}?)", message, *near),
              text.keyword, fmt::format("write {}", *near));
  }
  text.Fail("UnknownInstruction", message, text.keyword, HintForUnknown(text.keyword));
}

bool TakesHeredocs(std::string_view keyword, std::string_view rest) {
  if (keyword == "ONBUILD") {
    const std::size_t end = rest.find_first_of(" \t\v\f\r");
    if (end == std::string_view::npos) return false;
    keyword = rest.substr(0, end);
    rest = Trim(rest.substr(end));
    if (EqualsIgnoringCase(keyword, "ONBUILD")) return false;
  }
  const Reader* reader = FindReader(ToUpper(keyword));
  return reader != nullptr && reader->heredocs && !IsJsonArray(rest);
}

ShellOrExec ReadShellOrExec(const InstructionText& text, std::string_view part) {
  ShellOrExec command;
  std::vector<JsonString> strings = ReadExecForm(text, part, command.is_exec);
  for (JsonString& string : strings) command.argv.push_back(std::move(string.value));
  if (!command.is_exec) command.text = part;
  return command;
}

WordList ReadWordList(const InstructionText& text) {
  WordList list;
  std::vector<JsonString> strings = ReadExecForm(text, text.rest, list.json_form);
  for (JsonString& string : strings) {
    list.words.push_back({std::move(string.value), text.line->RangeOf(string.written)});
  }
  if (list.json_form) return list;
  const std::vector<std::string_view> words = SplitBlanks(text.rest);
  list.words.reserve(words.size());
  for (const std::string_view word : words) {
    list.words.push_back(text.MakeWord(word));
  }
  return list;
}

std::string UsageHint(const InstructionText& text) {
  const Reader* reader = FindReader(text.name);
  return reader == nullptr ? "" : fmt::format("write {} {}", text.name, reader->usage);
}

Word ReadOnlyArgument(const InstructionText& text) {
  if (text.rest.empty()) {
    text.Fail("MissingArgument", fmt::format("{} requires exactly one argument", text.name),
              text.keyword, UsageHint(text));
  }
  RefuseFlags(text);
  return text.MakeWord(text.rest);
}

void RequireArguments(const InstructionText& text) {
  if (!text.rest.empty()) return;
  FailMissingArguments(text);
}

void FailMissingArguments(const InstructionText& text) {
  text.Fail("MissingArgument", fmt::format("{} requires at least one argument", text.name),
            text.rest.empty() ? text.keyword : text.rest, UsageHint(text));
}

}  // namespace ibuild::parser
