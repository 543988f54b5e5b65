// COPY and ADD.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "parser/syntax/flags.h"
#include "parser/syntax/read_instruction.h"

namespace ibuild::parser {
namespace {

void RefuseHeredocDestination(const InstructionText& text, const Word& destination) {
  if (!ParseHeredocMarker(destination.text)) return;
  text.FailAt("InvalidHeredoc",
              fmt::format("{} cannot accept a heredoc as a destination", text.name),
              destination.range, "name the destination after the here-document");
}

// Sources that are markers stand for the here-document of that name, the last one of it.
void PlaceSources(const InstructionText& text, std::vector<Word> words, CopyFiles& files) {
  for (Word& word : words) {
    const std::optional<HeredocMarker> marker =
        text.heredocs.empty() ? std::nullopt : ParseHeredocMarker(word.text);
    if (!marker) {
      files.sources.push_back(std::move(word));
      continue;
    }
    const auto heredoc =
        std::find_if(text.heredocs.rbegin(), text.heredocs.rend(),
                     [&](const Heredoc& other) { return other.marker.name == marker->name; });
    if (heredoc != text.heredocs.rend()) files.heredocs.push_back(*heredoc);
  }
}

CopyFiles ReadFiles(const InstructionText& text, const InstructionFlags& flags) {
  WordList list = ReadWordList(text);
  if (list.words.size() < 2) {
    text.Fail("MissingArgument",
              fmt::format("{} requires at least two arguments, but only one was provided. "
                          "Destination could not be determined",
                          text.name),
              text.rest.empty() ? text.keyword : text.rest, UsageHint(text));
  }
  CopyFiles files;
  files.json_form = list.json_form;
  files.destination = std::move(list.words.back());
  list.words.pop_back();
  RefuseHeredocDestination(text, files.destination);
  PlaceSources(text, std::move(list.words), files);
  files.chown = flags.Value("chown");
  files.chmod = flags.Value("chmod");
  files.link = flags.Bool("link").value_or(false);
  files.parents = flags.Bool("parents").value_or(false);
  files.excludes = flags.Values("exclude");
  return files;
}

}  // namespace

InstructionBody ReadCopy(const InstructionText& text) {
  const InstructionFlags flags(text, {{"from", FlagKind::kValue},
                                      {"chown", FlagKind::kValue},
                                      {"chmod", FlagKind::kValue},
                                      {"link", FlagKind::kBool},
                                      {"parents", FlagKind::kBool},
                                      {"exclude", FlagKind::kList}});
  return Copy{ReadFiles(text, flags), flags.Value("from")};
}

InstructionBody ReadAdd(const InstructionText& text) {
  const InstructionFlags flags(text, {{"chown", FlagKind::kValue},
                                      {"chmod", FlagKind::kValue},
                                      {"link", FlagKind::kBool},
                                      {"exclude", FlagKind::kList},
                                      {"checksum", FlagKind::kValue},
                                      {"keep-git-dir", FlagKind::kBool},
                                      {"unpack", FlagKind::kBool}});
  return Add{ReadFiles(text, flags), flags.Value("checksum"), flags.Bool("keep-git-dir"),
             flags.Bool("unpack")};
}

}  // namespace ibuild::parser
