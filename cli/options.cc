#include "cli/options.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "support/error.h"
#include "support/suggest.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

Error Usage(std::string message) { return Error(ErrorKind::kUsage, std::move(message)); }

// As Go reads a truth, because scripts were written for programs in Go.
bool ParseSwitch(const std::string& text) {
  static constexpr std::array kTrue = {"true", "1", "t", "T", "TRUE", "True"};
  static constexpr std::array kFalse = {"false", "0", "f", "F", "FALSE", "False"};
  if (std::find(kTrue.begin(), kTrue.end(), text) != kTrue.end()) return true;
  if (std::find(kFalse.begin(), kFalse.end(), text) != kFalse.end()) return false;
  throw Usage(fmt::format("{} is neither true nor false", Quote(text)));
}

// Whatever is wrong with a value, the command line is what is wrong.
void Give(const OptionSpec& spec, const std::string& value) {
  try {
    spec.take(value);
  } catch (const Error& error) {
    throw Usage(fmt::format("invalid value for {}: {}", spec.name, error.what()))
        .WithHint(error.hint());
  }
}

class Parser {
 public:
  Parser(const OptionSet& options, const std::vector<std::string>& arguments,
         const OperandRule& rule)
      : options_(options), arguments_(arguments), rule_(rule) {}

  ParsedLine Run() {
    while (next_ < arguments_.size() && !line_.help) {
      const std::string& argument = arguments_[next_++];
      if (options_ended_ || argument.size() < 2 || argument[0] != '-') {
        TakeOperand(argument);
      } else if (argument == "--") {
        options_ended_ = true;
      } else if (argument[1] == '-') {
        TakeLong(argument);
      } else {
        TakeLetters(argument);
      }
    }
    if (!line_.help) CheckOperands();
    return std::move(line_);
  }

 private:
  void TakeOperand(const std::string& argument) {
    line_.operands.push_back(argument);
    if (rule_.ends_options) options_ended_ = true;
  }

  void TakeLong(const std::string& argument) {
    const std::size_t equals = argument.find('=');
    const std::string name = argument.substr(0, equals);
    if (name == "--help") {
      line_.help = true;
      return;
    }
    const OptionSpec* const spec = options_.Find(name);
    if (spec == nullptr) throw Unknown(name);
    if (equals != std::string::npos) {
      Give(*spec, argument.substr(equals + 1));
    } else {
      Give(*spec, spec->TakesNextArgument() ? NextValue(*spec) : "true");
    }
  }

  // "-qt name": switches, the last of which may be an option with its value attached.
  void TakeLetters(const std::string& argument) {
    for (std::size_t i = 1; i < argument.size(); ++i) {
      const OptionSpec* const spec = options_.Find(argument[i]);
      if (spec == nullptr && argument[i] == 'h') {
        line_.help = true;
        return;
      }
      if (spec == nullptr) throw Unknown(fmt::format("-{}", argument[i]));
      const bool last = i + 1 == argument.size();
      if (!spec->TakesNextArgument() && (last || argument[i + 1] != '=')) {
        Give(*spec, "true");
        continue;
      }
      const std::size_t value = !last && argument[i + 1] == '=' ? i + 2 : i + 1;
      Give(*spec, last ? NextValue(*spec) : argument.substr(value));
      return;
    }
  }

  std::string NextValue(const OptionSpec& spec) {
    if (next_ == arguments_.size()) {
      throw Usage(fmt::format("option {} needs a value: {}", spec.name, spec.value));
    }
    return arguments_[next_++];
  }

  Error Unknown(const std::string& name) const {
    std::vector<std::string> names = {"--help"};
    for (const OptionSpec& spec : options_.specs()) names.push_back(spec.name);
    Error error = Usage(fmt::format("unknown option {}", PrintableText(name)));
    const auto nearest = ClosestMatch(name, names, 3);
    if (nearest && name.size() > 3) {
      error.AddHint(fmt::format("did you mean `{}`?", *nearest));
    } else {
      error.AddHint("`--help` lists the options");
    }
    return error;
  }

  void CheckOperands() const {
    const std::size_t count = line_.operands.size();
    if (count < rule_.least) throw Usage("an argument is missing" + MissingName(count));
    if (count > rule_.most) {
      throw Usage(fmt::format("unexpected argument {}", Quote(line_.operands[rule_.most])));
    }
  }

  // ": TARGET", as the help calls it.
  std::string MissingName(std::size_t place) const {
    const auto names = Split(rule_.names, ' ');
    if (rule_.names.empty() || place >= names.size()) return {};
    std::string_view name = names[place];
    if (name.ends_with("...")) name.remove_suffix(3);
    return fmt::format(": {}", name);
  }

  const OptionSet& options_;
  const std::vector<std::string>& arguments_;
  const OperandRule& rule_;
  std::size_t next_ = 0;
  bool options_ended_ = false;
  ParsedLine line_;
};

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
  return Parser(*this, arguments, rule).Run();
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
