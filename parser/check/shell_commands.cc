#include "parser/check/shell_commands.h"

#include <algorithm>
#include <array>
#include <utility>

#include "parser/syntax/chars.h"

namespace ibuild::parser {
namespace {

bool IsShellKeyword(std::string_view word) {
  constexpr std::array<std::string_view, 11> kKeywords = {
      "then", "do", "else", "if", "elif", "while", "until", "!", "{", "(", "time"};
  return std::ranges::find(kKeywords, word) != kKeywords.end();
}

bool IsAssignment(std::string_view word) {
  std::size_t at = 0;
  while (at < word.size() && (IsLetter(word[at]) || IsDigit(word[at]) || word[at] == '_')) ++at;
  return at > 0 && at < word.size() && word[at] == '=';
}

class CommandSplitter {
 public:
  explicit CommandSplitter(std::string_view text) : text_(text) {}

  std::vector<ShellCommand> Split() {
    for (; at_ < text_.size(); ++at_) Step(text_[at_]);
    EndCommand();
    return std::move(commands_);
  }

 private:
  void Step(char c) {
    if (quote_ != '\0') {
      StepInQuote(c);
    } else if (c == '\'' || c == '"') {
      quote_ = c;
      in_word_ = true;
    } else if (c == '\\' && at_ + 1 < text_.size()) {
      word_.push_back(text_[++at_]);
      in_word_ = true;
    } else if (c == '#' && !in_word_) {
      at_ = std::min(text_.find('\n', at_), text_.size()) - 1;
    } else if (std::string_view(";&|\n()").find(c) != std::string_view::npos) {
      EndCommand();
    } else if (IsWordBlank(c)) {
      EndWord();
    } else {
      word_.push_back(c);
      in_word_ = true;
    }
  }

  void StepInQuote(char c) {
    if (c == quote_) {
      quote_ = '\0';
    } else if (c == '\\' && quote_ == '"' && at_ + 1 < text_.size()) {
      word_.push_back(text_[++at_]);
    } else {
      word_.push_back(c);
    }
  }

  void EndWord() {
    if (!in_word_) return;
    in_word_ = false;
    std::string word = std::exchange(word_, {});
    if (command_.empty() && (IsShellKeyword(word) || IsAssignment(word))) return;
    command_.push_back(std::move(word));
  }

  void EndCommand() {
    EndWord();
    if (!command_.empty()) commands_.push_back(std::exchange(command_, {}));
  }

  std::string_view text_;
  std::size_t at_ = 0;
  char quote_ = '\0';
  bool in_word_ = false;
  std::string word_;
  ShellCommand command_;
  std::vector<ShellCommand> commands_;
};

}  // namespace

std::vector<ShellCommand> SplitShellCommands(std::string_view text) {
  return CommandSplitter(text).Split();
}

}  // namespace ibuild::parser
