// The options of a command as records: the parser, `--help` and the shell completions read the
// same table.
//
// Grammar, as users of docker know it: `--name value`, `--name=value`, `-n value`, `-nvalue`,
// `-n=value`, grouped switches (`-qv`), `--switch=false`; options and operands may be mixed; `--`
// ends the options; a lone `-` is an operand. A value that may be left out (`--pull[=WHEN]`)
// follows an equals sign only. Values are taken byte for byte. Every fault is an Error(kUsage) that
// names the nearest right option, an OptionError unless it is about operands.
#pragma once

#include <cstddef>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/error.h"

namespace ibuild::cli {

struct OptionSpec {
  std::string name;    // "--tag"
  char letter = '\0';  // 't'; none
  std::string value;   // what the help calls the value; empty: a switch; "[=WHEN]": may be left out
  std::string help;
  std::function<void(const std::string&)> take;  // a switch is given "true" or "false"
  bool shown = true;                             // in --help
  // The value is a question to what the command works on, not a part of the grammar: a wrong one is
  // no OptionError.
  bool asks = false;

  // The next argument is the value when none is attached. A value that may be left out is "true"
  // then.
  bool TakesNextArgument() const { return !value.empty() && !value.starts_with("[="); }
};

// An option that there is not, or a value that it does not take. Docker tells that by another exit
// code than what else is wrong with a line (exit_code.h).
class OptionError : public Error {
 public:
  explicit OptionError(Error error) : Error(std::move(error)) {}
};

// "--tag", or "-t,--tag".
OptionSpec ParseOptionNames(std::string_view names);

// What a command wants besides options.
struct OperandRule {
  std::size_t least = 0;
  std::size_t most = 0;
  // The first operand ends the options: what follows belongs to another program.
  bool ends_options = false;
  std::string_view names = {};  // "SOURCE TARGET", to say which one is missing
};

struct ParsedLine {
  bool help = false;  // --help was there; nothing else counts
  std::vector<std::string> operands;
};

class OptionSet {
 public:
  // `names`: "--tag", or "-t,--tag". The targets must outlive the set; their values before parsing
  // are the defaults.
  void Switch(std::string_view names, std::string help, bool& target);
  void Switch(std::string_view names, std::string help, std::function<void(bool)> take);
  void Value(std::string_view names, std::string value, std::string help, std::string& target);
  void Value(std::string_view names, std::string value, std::string help,
             std::optional<std::string>& target);
  void Each(std::string_view names, std::string value, std::string help,
            std::vector<std::string>& target);
  void Choice(std::string_view names, std::initializer_list<const char*> choices, std::string help,
              std::string& target);
  // `take` may throw an Error of any kind; it is reported as a bad value of this option.
  void Custom(std::string_view names, std::string value, std::string help,
              std::function<void(const std::string&)> take);

  // --filter KEY=VALUE. `take` gets it whole; what it refuses is for the command to know, so that
  // is no OptionError.
  void Filter(std::string_view names, std::string help,
              std::function<void(const std::string&)> take);

  // Takes the place of options by that name, and the letter from any other.
  void Override(OptionSpec spec);

  ParsedLine Parse(const std::vector<std::string>& arguments, const OperandRule& rule) const;

  const std::vector<OptionSpec>& specs() const { return specs_; }
  const OptionSpec* Find(std::string_view name) const;  // "--tag"; null when unknown
  const OptionSpec* Find(char letter) const;

 private:
  std::vector<OptionSpec> specs_;
};

// "  -t, --tag NAME   text", a line for each option, aligned.
std::string DescribeOptions(const OptionSet& options);

}  // namespace ibuild::cli
