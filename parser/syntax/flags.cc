#include "parser/syntax/flags.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "support/suggest.h"
#include "support/text.h"

namespace ibuild::parser {
namespace {

std::string HintFor(const InstructionText& instruction, std::initializer_list<FlagSpec> known) {
  if (known.size() == 0) return fmt::format("{} has no flags", instruction.name);
  std::vector<std::string> names;
  for (const FlagSpec& spec : known) names.push_back(fmt::format("--{}", spec.name));
  return fmt::format("{} knows {}", instruction.name, Join(names, ", "));
}

const FlagSpec& FindSpec(const InstructionText& instruction, const FlagWord& flag,
                         std::string_view name, std::initializer_list<FlagSpec> known) {
  const auto* const found = std::find_if(known.begin(), known.end(),
                                         [&](const FlagSpec& spec) { return spec.name == name; });
  if (found != known.end()) return *found;
  std::vector<std::string> names;
  for (const FlagSpec& spec : known) names.emplace_back(spec.name);
  std::string message = fmt::format("unknown flag: --{}", name);
  if (const auto near = ClosestMatch(name, names)) {
    message += fmt::format(" (did you mean {}?)", *near);
  }
  instruction.FailAt("UnknownFlag", message, flag.range, HintFor(instruction, known));
}

bool IsBoolText(std::string_view text) {
  return EqualsIgnoringCase(text, "true") || EqualsIgnoringCase(text, "false");
}

void CheckValue(const InstructionText& instruction, const FlagWord& flag, const FlagSpec& spec) {
  const std::size_t equals = flag.text.find('=');
  const bool has_value = equals != std::string::npos;
  const std::string_view value =
      has_value ? std::string_view(flag.text).substr(equals + 1) : std::string_view();
  const bool may_be_empty = has_value != (spec.kind == FlagKind::kBool);
  if (value.empty() && !may_be_empty) {
    instruction.FailAt("MissingFlagValue", fmt::format("missing a value on flag: --{}", spec.name),
                       flag.range, fmt::format("write --{}=VALUE", spec.name));
  }
  if (spec.kind == FlagKind::kBool && !value.empty() && !IsBoolText(value)) {
    instruction.FailAt(
        "InvalidFlagValue",
        fmt::format("expecting boolean value for flag --{}, not: {}", spec.name, value), flag.range,
        "use true or false");
  }
}

// Where the value stands, for a flag without quotes or escapes; else the whole flag.
SourceRange ValueRange(const FlagWord& flag, std::size_t value_size) {
  SourceRange range = flag.range;
  const bool plain = range.begin.line == range.end.line &&
                     range.end.column - range.begin.column == flag.text.size();
  if (plain) range.begin.column = range.end.column - value_size;
  return range;
}

}  // namespace

InstructionFlags::InstructionFlags(const InstructionText& instruction,
                                   std::initializer_list<FlagSpec> known) {
  for (const FlagWord& flag : instruction.flags) {
    const std::size_t equals = std::min(flag.text.find('='), flag.text.size());
    const std::string_view name = std::string_view(flag.text).substr(2, equals - 2);
    const FlagSpec& spec = FindSpec(instruction, flag, name, known);
    const bool repeated = std::ranges::any_of(
        given_, [&](const Given& earlier) { return earlier.name == spec.name; });
    if (repeated && spec.kind != FlagKind::kList) {
      instruction.FailAt("DuplicateFlag", fmt::format("duplicate flag specified: --{}", name),
                         flag.range, "give it once");
    }
    CheckValue(instruction, flag, spec);
    const std::string value = flag.text.substr(std::min(equals + 1, flag.text.size()));
    given_.push_back({spec.name, {value, ValueRange(flag, value.size())}});
  }
}

std::optional<Word> InstructionFlags::Value(std::string_view name) const {
  for (const Given& flag : given_) {
    if (flag.name == name) return flag.value;
  }
  return std::nullopt;
}

std::vector<Word> InstructionFlags::Values(std::string_view name) const {
  std::vector<Word> values;
  for (const Given& flag : given_) {
    if (flag.name == name) values.push_back(flag.value);
  }
  return values;
}

std::optional<bool> InstructionFlags::Bool(std::string_view name) const {
  const std::optional<Word> value = Value(name);
  if (!value) return std::nullopt;
  return !EqualsIgnoringCase(value->text, "false");
}

void RefuseFlags(const InstructionText& instruction) { InstructionFlags(instruction, {}); }

}  // namespace ibuild::parser
