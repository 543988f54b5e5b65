#include "cli/parse_line.h"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>

#include "support/error.h"
#include "support/suggest.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

Error Usage(std::string message) { return Error(ErrorKind::kUsage, std::move(message)); }

// Whatever is wrong with a value, the command line is what is wrong.
void Give(const OptionSpec& spec, const std::string& value) {
  if (spec.asks && value.find('=') == std::string::npos) {
    throw OptionError(
        Usage(fmt::format("invalid value for {}: {} is not KEY=VALUE", spec.name, Quote(value))));
  }
  try {
    spec.take(value);
  } catch (const Error& error) {
    Error usage = Usage(fmt::format("invalid value for {}: {}", spec.name, error.what()))
                      .WithHint(error.hint());
    if (spec.asks) throw usage;
    throw OptionError(std::move(usage));
  }
}

// The line in the form that CLI11 reads as it is meant: options and their values, "--", operands.
class NormalLine {
 public:
  NormalLine(const OptionSet& options, const std::vector<std::string>& given,
             const OperandRule& rule)
      : options_(options), given_(given) {
    while (next_ < given_.size() && !help_) {
      const std::string& argument = given_[next_];
      const bool operand = argument.size() < 2 || argument[0] != '-';
      if (operand && rule.ends_options) break;
      ++next_;
      if (argument == "--") break;
      if (operand) {
        operands_.push_back(argument);
      } else if (argument[1] == '-') {
        TakeLong(argument);
      } else {
        TakeLetters(argument);
      }
    }
    operands_.insert(operands_.end(), given_.begin() + static_cast<std::ptrdiff_t>(next_),
                     given_.end());
  }

  bool help() const { return help_; }
  // As CLI11 wants them: the last first.
  std::vector<std::string> Reversed() && {
    arguments_.emplace_back("--");
    arguments_.insert(arguments_.end(), operands_.begin(), operands_.end());
    std::reverse(arguments_.begin(), arguments_.end());
    return std::move(arguments_);
  }

 private:
  void Put(const OptionSpec& spec, std::string value) {
    arguments_.push_back(spec.name);
    arguments_.push_back(std::move(value));
  }

  void TakeLong(const std::string& argument) {
    const std::size_t equals = argument.find('=');
    const std::string name = argument.substr(0, equals);
    if (name == "--help") {
      help_ = true;
      return;
    }
    const OptionSpec* const spec = options_.Find(name);
    if (spec == nullptr) throw OptionError(Unknown(name));
    if (equals != std::string::npos) {
      Put(*spec, argument.substr(equals + 1));
    } else {
      Put(*spec, spec->TakesNextArgument() ? NextValue(*spec) : "true");
    }
  }

  // "-qt name": switches, the last of which may be an option with its value attached.
  void TakeLetters(const std::string& argument) {
    for (std::size_t i = 1; i < argument.size(); ++i) {
      const OptionSpec* const spec = options_.Find(argument[i]);
      if (spec == nullptr && argument[i] == 'h') {
        help_ = true;
        return;
      }
      if (spec == nullptr) throw OptionError(Unknown(fmt::format("-{}", argument[i])));
      const bool last = i + 1 == argument.size();
      if (!spec->TakesNextArgument() && (last || argument[i + 1] != '=')) {
        Put(*spec, "true");
        continue;
      }
      const std::size_t value = !last && argument[i + 1] == '=' ? i + 2 : i + 1;
      Put(*spec, last ? NextValue(*spec) : argument.substr(value));
      return;
    }
  }

  std::string NextValue(const OptionSpec& spec) {
    if (next_ == given_.size()) {
      throw OptionError(Usage(fmt::format("option {} needs a value: {}", spec.name, spec.value)));
    }
    return given_[next_++];
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

  const OptionSet& options_;
  const std::vector<std::string>& given_;
  std::size_t next_ = 0;
  bool help_ = false;
  std::vector<std::string> arguments_;
  std::vector<std::string> operands_;
};

// Every option takes exactly one value, byte for byte, and hands it over where it stands.
void Declare(CLI::App& app, const OptionSet& options) {
  for (const OptionSpec& spec : options.specs()) {
    if (options.Find(spec.name) != &spec) continue;  // the first of a name counts
    app.add_option(spec.name, CLI::callback_t([&spec](const CLI::results_t& values) {
                     Give(spec, values.front());
                     return true;
                   }))
        ->type_size(1)
        ->expected(1)
        ->allow_extra_args(false)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->trigger_on_parse();
  }
}

// ": TARGET", as the help calls it.
std::string MissingName(const OperandRule& rule, std::size_t place) {
  const auto names = Split(rule.names, ' ');
  if (rule.names.empty() || place >= names.size()) return {};
  std::string_view name = names[place];
  if (name.ends_with("...")) name.remove_suffix(3);
  return fmt::format(": {}", name);
}

void CheckOperands(const OperandRule& rule, const std::vector<std::string>& operands) {
  const std::size_t count = operands.size();
  if (count < rule.least) throw Usage("an argument is missing" + MissingName(rule, count));
  if (count > rule.most) {
    throw Usage(fmt::format("unexpected argument {}", Quote(operands[rule.most])));
  }
}

}  // namespace

ParsedLine ParseLine(const OptionSet& options, const std::vector<std::string>& arguments,
                     const OperandRule& rule) {
  NormalLine line(options, arguments, rule);
  if (line.help()) return {.help = true, .operands = {}};
  CLI::App app;
  app.set_help_flag();  // ours are made from the table
  app.allow_extras();
  Declare(app, options);
  try {
    app.parse(std::move(line).Reversed());
  } catch (const CLI::Error& error) {
    throw OptionError(Usage(error.what()));
  }
  ParsedLine parsed{.help = false, .operands = app.remaining()};
  parsed.operands.erase(parsed.operands.begin());  // the "--" before them
  CheckOperands(rule, parsed.operands);
  return parsed;
}

}  // namespace ibuild::cli
