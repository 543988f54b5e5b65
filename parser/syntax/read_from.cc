// FROM and ARG: what a stage starts from, and what may be told from outside.
#include <fmt/format.h>

#include <algorithm>

#include "parser/syntax/chars.h"
#include "parser/syntax/flags.h"
#include "parser/syntax/read_instruction.h"
#include "parser/syntax/words.h"
#include "support/text.h"

namespace ibuild::parser {
namespace {

bool IsStageName(std::string_view name) {
  const auto is_name_char = [](char c) {
    return IsLetter(c) || IsDigit(c) || c == '-' || c == '_' || c == '.';
  };
  return !name.empty() && IsLetter(name.front()) && std::ranges::all_of(name, is_name_char);
}

std::string HintForWordCount(const std::vector<std::string_view>& words) {
  const auto comment = std::ranges::find_if(words, [](auto word) { return word.starts_with('#'); });
  if (comment != words.end()) return "a comment must be in a line of its own";
  return "write FROM IMAGE [AS NAME]";
}

void ReadStageName(const InstructionText& text, const std::vector<std::string_view>& words,
                   From& from) {
  if (words.size() == 1) return;
  if (words.size() != 3 || !EqualsIgnoringCase(words[1], "as")) {
    text.Fail("InvalidFrom", "FROM requires either one or three arguments",
              text.rest.empty() ? text.keyword : text.rest, HintForWordCount(words));
  }
  if (!IsStageName(words[2])) {
    text.Fail("InvalidStageName",
              fmt::format("invalid name for build stage: {}, name can't start with a number or "
                          "contain symbols",
                          Quote(words[2])),
              words[2], "a name has letters, digits, - _ . and starts with a letter");
  }
  from.as = text.MakeWord(words[1]);
  from.stage = text.MakeWord(words[2]);
}

ArgDeclaration ReadDeclaration(const InstructionText& text, std::string_view word) {
  const std::size_t equals = word.find('=');
  if (equals == 0) text.Fail("BlankName", "ARG names can not be blank", word);
  ArgDeclaration declaration{text.MakeWord(word.substr(0, equals)), std::nullopt};
  if (equals != std::string_view::npos) {
    declaration.default_value = text.MakeWord(word.substr(equals + 1));
  }
  return declaration;
}

}  // namespace

InstructionBody ReadFrom(const InstructionText& text) {
  From from;
  const std::vector<std::string_view> words = SplitBlanks(text.rest);
  ReadStageName(text, words, from);
  const InstructionFlags flags(text, {{"platform", FlagKind::kValue}});
  from.image = text.MakeWord(words.front());
  from.platform = flags.Value("platform");
  if (from.platform && from.platform->text.empty()) from.platform.reset();
  return from;
}

InstructionBody ReadArg(const InstructionText& text) {
  const std::vector<std::string_view> words = SplitQuotedWords(text.rest, text.escape);
  if (words.empty()) FailMissingArguments(text);
  RefuseFlags(text);
  Arg arg;
  for (const std::string_view word : words) {
    arg.declarations.push_back(ReadDeclaration(text, word));
  }
  return arg;
}

}  // namespace ibuild::parser
