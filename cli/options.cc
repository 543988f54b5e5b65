#include "cli/options.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "cli/parse_line.h"
#include "support/bool_text.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

Error Usage(std::string message) { return Error(ErrorKind::kUsage, std::move(message)); }

bool ParseSwitch(const std::string& text) {
  if (const auto truth = ParseBool(text)) return *truth;
  throw Usage(fmt::format("{} is neither true nor false", Quote(text)));
}

std::string Heading(const OptionSpec& spec) {
  std::string text = spec.letter == '\0' ? "      " : fmt::format("  -{}, ", spec.letter);
  text += spec.name;
  if (spec.TakesNextArgument()) text += " ";
  text += spec.value;
  return text;
}

}  // namespace

OptionSpec ParseOptionNames(std::string_view names) {
  OptionSpec spec;
  if (names.size() > 3 && names[2] == ',') {
    spec.letter = names[1];
    names.remove_prefix(3);
  }
  spec.name = names;
  return spec;
}

void OptionSet::Override(OptionSpec spec) {
  std::erase_if(specs_, [&](const OptionSpec& other) { return other.name == spec.name; });
  for (OptionSpec& other : specs_) {
    if (spec.letter != '\0' && other.letter == spec.letter) other.letter = '\0';
  }
  specs_.push_back(std::move(spec));
}

void OptionSet::Custom(std::string_view names, std::string value, std::string help,
                       std::function<void(const std::string&)> take) {
  OptionSpec spec = ParseOptionNames(names);
  spec.value = std::move(value);
  spec.help = std::move(help);
  spec.take = std::move(take);
  specs_.push_back(std::move(spec));
}

void OptionSet::Switch(std::string_view names, std::string help, bool& target) {
  Switch(names, std::move(help), [&target](bool on) { target = on; });
}

void OptionSet::Switch(std::string_view names, std::string help, std::function<void(bool)> take) {
  Custom(names, "", std::move(help),
         [take = std::move(take)](const std::string& text) { take(ParseSwitch(text)); });
}

void OptionSet::Value(std::string_view names, std::string value, std::string help,
                      std::string& target) {
  Custom(names, std::move(value), std::move(help),
         [&target](const std::string& text) { target = text; });
}

void OptionSet::Value(std::string_view names, std::string value, std::string help,
                      std::optional<std::string>& target) {
  Custom(names, std::move(value), std::move(help),
         [&target](const std::string& text) { target = text; });
}

void OptionSet::Each(std::string_view names, std::string value, std::string help,
                     std::vector<std::string>& target) {
  Custom(names, std::move(value), std::move(help),
         [&target](const std::string& text) { target.push_back(text); });
}

void OptionSet::Choice(std::string_view names, std::initializer_list<const char*> choices,
                       std::string help, std::string& target) {
  const std::vector<std::string> words(choices.begin(), choices.end());
  Custom(names, Join(words, "|"), std::move(help), [&target, words](const std::string& text) {
    if (std::find(words.begin(), words.end(), text) == words.end()) {
      throw Usage(fmt::format("{} is none of {}", Quote(text), Join(words, ", ")));
    }
    target = text;
  });
}

void OptionSet::Filter(std::string_view names, std::string help,
                       std::function<void(const std::string&)> take) {
  Custom(names, "KEY=VALUE", std::move(help), std::move(take));
  specs_.back().asks = true;
}

const OptionSpec* OptionSet::Find(std::string_view name) const {
  const auto found = std::find_if(specs_.begin(), specs_.end(),
                                  [name](const OptionSpec& spec) { return spec.name == name; });
  return found == specs_.end() ? nullptr : &*found;
}

const OptionSpec* OptionSet::Find(char letter) const {
  const auto found = std::find_if(specs_.begin(), specs_.end(), [letter](const OptionSpec& spec) {
    return spec.letter == letter;
  });
  return found == specs_.end() ? nullptr : &*found;
}

ParsedLine OptionSet::Parse(const std::vector<std::string>& arguments,
                            const OperandRule& rule) const {
  return ParseLine(*this, arguments, rule);
}

std::string DescribeOptions(const OptionSet& options) {
  // Longer headings get a line of their own rather than push every text to the right.
  constexpr std::size_t kWidest = 30;
  std::size_t width = 0;
  for (const OptionSpec& spec : options.specs()) {
    if (!spec.shown) continue;
    width = std::max(width, std::min(Heading(spec).size(), kWidest));
  }
  std::string text;
  for (const OptionSpec& spec : options.specs()) {
    if (!spec.shown) continue;
    const std::string heading = Heading(spec);
    if (heading.size() > kWidest) {
      text += fmt::format("{}\n{:{}}  {}\n", heading, "", width, spec.help);
    } else {
      text += fmt::format("{:{}}  {}\n", heading, width, spec.help);
    }
  }
  return text;
}

}  // namespace ibuild::cli
