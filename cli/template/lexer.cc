#include "cli/template/lexer.h"

#include <fmt/format.h>

#include "support/error.h"
#include "support/text.h"

namespace ibuild::cli::go_template {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

Error Wrong(std::string message) {
  return Error(ErrorKind::kUsage, "the template cannot be read: " + std::move(message));
}

bool IsWordCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

class Lexer {
 public:
  explicit Lexer(std::string_view text) : rest_(text) {}

  std::vector<Token> Run() {
    while (!rest_.empty()) {
      TakeText();
      if (!rest_.empty()) TakeAction();
    }
    return std::move(tokens_);
  }

 private:
  void TakeText() {
    const std::size_t open = rest_.find("{{");
    std::string_view text = rest_.substr(0, open);
    rest_.remove_prefix(text.size());
    const bool trims = rest_.size() > 3 && rest_[2] == '-' && kBlanks.find(rest_[3]) != kNpos;
    if (trims) text = text.substr(0, text.find_last_not_of(kBlanks) + 1);
    if (!text.empty()) Add(Token::Kind::kText, std::string(text));
    if (open == kNpos) return;
    rest_.remove_prefix(trims ? 3 : 2);
  }

  void TakeAction() {
    if (TakeComment()) return;
    Add(Token::Kind::kOpen, "");
    while (!TakeClose()) TakeToken();
  }

  bool TakeComment() {
    const std::size_t start = rest_.find_first_not_of(kBlanks);
    if (start == kNpos || !rest_.substr(start).starts_with("/*")) return false;
    const std::size_t end = rest_.find("*/", start);
    if (end == kNpos) throw Wrong("a comment does not end");
    rest_.remove_prefix(end + 2);
    SkipBlanks();
    if (!EndAction()) throw Wrong("a comment ends before the closing delimiter");
    return true;
  }

  bool TakeClose() {
    const bool space = SkipBlanks();
    if (rest_.empty()) throw Wrong("an action does not end: `}}` is missing");
    if (rest_.starts_with("-}}") && !space) return false;
    if (!EndAction()) return false;
    tokens_.push_back({Token::Kind::kClose, "", space});
    return true;
  }

  // "}}", or "-}}" with the blanks behind it.
  bool EndAction() {
    if (rest_.starts_with("}}")) {
      rest_.remove_prefix(2);
      return true;
    }
    if (!rest_.starts_with("-}}")) return false;
    rest_.remove_prefix(3);
    SkipBlanks();
    return true;
  }

  bool SkipBlanks() {
    const std::size_t count = std::min(rest_.find_first_not_of(kBlanks), rest_.size());
    rest_.remove_prefix(count);
    after_space_ = count > 0;
    return after_space_;
  }

  void TakeToken() {
    const char c = rest_.front();
    if (c == '"') return TakeQuoted();
    if (c == '`') return TakeRaw();
    if (c == '.' && !(rest_.size() > 1 && IsDigit(rest_[1]))) {
      rest_.remove_prefix(1);
      return Add(Token::Kind::kField, TakeWord());
    }
    if (c == '$') {
      rest_.remove_prefix(1);
      return Add(Token::Kind::kVariable, "$" + TakeWord());
    }
    const bool sign = (c == '-' || c == '+') && rest_.size() > 1 && IsDigit(rest_[1]);
    if (IsDigit(c) || sign) return TakeNumber();
    if (IsWordCharacter(c)) return Add(Token::Kind::kWord, TakeWord());
    return TakeSymbol();
  }

  std::string TakeWord() {
    std::size_t size = 0;
    while (size < rest_.size() && IsWordCharacter(rest_[size])) ++size;
    std::string word(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return word;
  }

  void TakeNumber() {
    std::size_t size = 1;
    while (size < rest_.size() && (IsWordCharacter(rest_[size]) || rest_[size] == '.')) ++size;
    Add(Token::Kind::kNumber, std::string(rest_.substr(0, size)));
    rest_.remove_prefix(size);
  }

  void TakeRaw() {
    const std::size_t end = rest_.find('`', 1);
    if (end == kNpos) throw Wrong("a raw string does not end");
    Add(Token::Kind::kString, std::string(rest_.substr(1, end - 1)));
    rest_.remove_prefix(end + 1);
  }

  void TakeQuoted() {
    std::string text;
    std::size_t at = 1;
    while (at < rest_.size() && rest_[at] != '"') {
      if (rest_[at] == '\\' && at + 1 < rest_.size()) {
        text += Unescape(rest_[++at]);
      } else {
        text += rest_[at];
      }
      ++at;
    }
    if (at >= rest_.size()) throw Wrong("a string does not end");
    rest_.remove_prefix(at + 1);
    Add(Token::Kind::kString, text);
  }

  static char Unescape(char c) {
    switch (c) {
      case 'n':
        return '\n';
      case 't':
        return '\t';
      case 'r':
        return '\r';
      default:
        return c;  // \" \\ and what nobody writes
    }
  }

  void TakeSymbol() {
    const std::size_t size = rest_.starts_with(":=") ? 2 : 1;
    const std::string symbol(rest_.substr(0, size));
    if (size == 1 && std::string_view("()|,=").find(symbol) == kNpos) {
      throw Wrong(fmt::format("{} is unexpected", Quote(PrintableText(symbol))));
    }
    rest_.remove_prefix(size);
    Add(Token::Kind::kSymbol, symbol);
  }

  void Add(Token::Kind kind, std::string text) {
    tokens_.push_back({kind, std::move(text), after_space_});
    after_space_ = false;
  }

  static constexpr std::size_t kNpos = std::string_view::npos;
  std::string_view rest_;
  bool after_space_ = false;
  std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> Tokenize(std::string_view text) { return Lexer(text).Run(); }

}  // namespace ibuild::cli::go_template
