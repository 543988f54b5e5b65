// Instructions that note something about the image: ENV, LABEL, WORKDIR, USER, EXPOSE, VOLUME,
// ONBUILD, MAINTAINER.
#include <fmt/format.h>

#include <utility>

#include "parser/syntax/chars.h"
#include "parser/syntax/flags.h"
#include "parser/syntax/read_instruction.h"
#include "parser/syntax/words.h"
#include "support/text.h"

namespace ibuild::parser {
namespace {

struct KeyValues {
  std::vector<KeyValue> pairs;
  bool legacy_form = false;
};

// `KEY the rest of the line`: the first word has no "=".
KeyValue ReadLegacyPair(const InstructionText& text) {
  const std::vector<std::string_view> words = SplitBlanks(text.rest);
  const std::string_view key = words.front();
  const std::string_view value = TrimWordBlanks(text.rest.substr(key.size()));
  if (value.empty()) {
    text.FailPlainly("MissingArgument", fmt::format("{} must have two arguments", text.name),
                     text.rest, fmt::format("write {} {}=VALUE", text.name, key));
  }
  return {text.MakeWord(key), text.MakeWord(value)};
}

KeyValue ReadPair(const InstructionText& text, std::string_view word) {
  const std::size_t equals = word.find('=');
  if (equals == std::string_view::npos) {
    text.FailPlainly(
        "MissingEquals",
        fmt::format("Syntax error - can't find = in {}. Must be of the form: name=value",
                    Quote(word)),
        word,
        word.starts_with('#') ? "a comment must be in a line of its own"
                              : "put quotes around a value with blanks");
  }
  if (equals == 0) text.Fail("BlankName", text.name + " names can not be blank", word);
  return {text.MakeWord(word.substr(0, equals)), text.MakeWord(word.substr(equals + 1))};
}

KeyValues ReadKeyValues(const InstructionText& text) {
  const std::vector<std::string_view> words = SplitQuotedWords(text.rest, text.escape);
  if (words.empty()) FailMissingArguments(text);
  KeyValues values;
  if (words.front().find('=') == std::string_view::npos) {
    values.legacy_form = true;
    values.pairs.push_back(ReadLegacyPair(text));
  } else {
    for (const std::string_view word : words) values.pairs.push_back(ReadPair(text, word));
  }
  RefuseFlags(text);
  return values;
}

}  // namespace

InstructionBody ReadEnv(const InstructionText& text) {
  KeyValues values = ReadKeyValues(text);
  return Env{std::move(values.pairs), values.legacy_form};
}

InstructionBody ReadLabel(const InstructionText& text) {
  KeyValues values = ReadKeyValues(text);
  return Label{std::move(values.pairs), values.legacy_form};
}

InstructionBody ReadWorkdir(const InstructionText& text) { return Workdir{ReadOnlyArgument(text)}; }

InstructionBody ReadUser(const InstructionText& text) { return User{ReadOnlyArgument(text)}; }

InstructionBody ReadMaintainer(const InstructionText& text) {
  return Maintainer{ReadOnlyArgument(text).text};
}

InstructionBody ReadExpose(const InstructionText& text) {
  RequireArguments(text);
  RefuseFlags(text);
  Expose expose;
  for (const std::string_view word : SplitBlanks(text.rest)) {
    expose.ports.push_back(text.MakeWord(word));
  }
  return expose;
}

InstructionBody ReadVolume(const InstructionText& text) {
  RefuseFlags(text);
  WordList list = ReadWordList(text);
  if (list.words.empty()) FailMissingArguments(text);
  for (Word& word : list.words) {
    word.text = TrimSpace(word.text);
    if (word.text.empty()) {
      text.FailAt("BlankName", "VOLUME specified can not be an empty string", word.range);
    }
  }
  return Volume{std::move(list.words)};
}

// The trigger is kept as it is, blanks at its end too; only what may never be one is refused now.
InstructionBody ReadOnBuild(const InstructionText& text) {
  RequireArguments(text);
  RefuseFlags(text);
  const std::string_view trigger = SplitBlanks(text.rest).front();
  const std::string name = ToUpper(trigger);
  if (name == "ONBUILD") {
    text.Fail("InvalidTrigger", "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed", trigger);
  }
  if (name == "FROM" || name == "MAINTAINER") {
    text.Fail("InvalidTrigger", fmt::format("{} isn't allowed as an ONBUILD trigger", name),
              trigger);
  }
  const std::string_view line = text.line->text();
  const auto start = static_cast<std::size_t>(text.rest.data() - line.data());
  return OnBuild{std::string(line.substr(start)) + RenderHeredocs(text.heredocs)};
}

}  // namespace ibuild::parser
