#include <fmt/format.h>

#include <cstdlib>

#include "cli/template/functions.h"
#include "cli/template/lexer.h"
#include "cli/template/syntax.h"
#include "support/error.h"
#include "support/json.h"
#include "support/text.h"

namespace ibuild::cli::go_template {
namespace {

constexpr int kDeepest = 64;
using Kind = Token::Kind;

Error Wrong(std::string message) {
  return Error(ErrorKind::kUsage, "the template cannot be read: " + std::move(message));
}

Value ParseNumber(const std::string& text) {
  char* end = nullptr;
  const long long whole = std::strtoll(text.c_str(), &end, 0);
  if (*end == '\0') return Value(OrderedJson(whole));
  const double number = std::strtod(text.c_str(), &end);
  if (*end == '\0') return Value(OrderedJson(number));
  throw Wrong(fmt::format("{} is no number", Quote(text)));
}

class Parser {
 public:
  explicit Parser(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  Block Run() {
    Block block = TakeBlock();
    if (next_ != tokens_.size()) throw Wrong(fmt::format("unexpected {{{{{}}}}}", ending_));
    return block;
  }

 private:
  class Nested {
   public:
    explicit Nested(int& depth) : depth_(depth) {
      if (++depth_ > kDeepest) throw Wrong("it is nested too deeply");
    }
    Nested(const Nested&) = delete;
    Nested& operator=(const Nested&) = delete;
    ~Nested() { --depth_; }

   private:
    int& depth_;
  };

  bool At(Kind kind) const { return next_ < tokens_.size() && tokens_[next_].kind == kind; }
  bool At(Kind kind, std::string_view text) const {
    return At(kind) && tokens_[next_].text == text;
  }
  bool Skip(Kind kind, std::string_view text) {
    if (!At(kind, text)) return false;
    ++next_;
    return true;
  }
  void Close() {
    if (!At(Kind::kClose)) throw Wrong("unexpected words before `}}`");
    ++next_;
  }

  // Until {{end}} or {{else}}, whose words are taken, or the end of the text.
  // NOLINTNEXTLINE(misc-no-recursion): kDeepest bounds it
  Block TakeBlock() {
    const Nested nested(depth_);
    Block block;
    ending_.clear();
    while (next_ < tokens_.size()) {
      if (At(Kind::kText)) {
        block.push_back({Statement::Kind::kText, tokens_[next_++].text, {}, {}, {}});
        continue;
      }
      ++next_;  // kOpen
      if (At(Kind::kWord, "end") || At(Kind::kWord, "else")) {
        ending_ = tokens_[next_++].text;
        return block;
      }
      block.push_back(TakeStatement());
    }
    return block;
  }

  // NOLINTNEXTLINE(misc-no-recursion): kDeepest bounds it
  Statement TakeStatement() {
    Statement statement;
    if (Skip(Kind::kWord, "if")) return TakeBranch(Statement::Kind::kIf);
    if (Skip(Kind::kWord, "with")) return TakeBranch(Statement::Kind::kWith);
    if (Skip(Kind::kWord, "range")) return TakeBranch(Statement::Kind::kRange);
    if (Skip(Kind::kWord, "break")) {
      statement.kind = Statement::Kind::kBreak;
    } else if (Skip(Kind::kWord, "continue")) {
      statement.kind = Statement::Kind::kContinue;
    } else {
      statement.kind = Statement::Kind::kPrint;
      statement.pipeline = TakePipeline();
    }
    Close();
    return statement;
  }

  // NOLINTNEXTLINE(misc-no-recursion): kDeepest bounds it
  Statement TakeBranch(Statement::Kind kind) {
    const Nested nested(depth_);
    Statement statement;
    statement.kind = kind;
    statement.pipeline = TakePipeline();
    Close();
    statement.body = TakeBlock();
    if (ending_ == "else") {
      if (Skip(Kind::kWord, "if")) {
        statement.otherwise.push_back(TakeBranch(Statement::Kind::kIf));
        return statement;  // its {{end}} is ours
      }
      if (Skip(Kind::kWord, "with")) {
        statement.otherwise.push_back(TakeBranch(Statement::Kind::kWith));
        return statement;
      }
      Close();
      statement.otherwise = TakeBlock();
    }
    if (ending_ != "end") throw Wrong("{{end}} is missing");
    Close();
    ending_.clear();
    return statement;
  }

  // NOLINTNEXTLINE(misc-no-recursion): kDeepest bounds it
  Pipeline TakePipeline() {
    const Nested nested(depth_);
    Pipeline pipeline;
    TakeVariables(pipeline);
    do {
      pipeline.commands.push_back(TakeCommand());
    } while (Skip(Kind::kSymbol, "|"));
    return pipeline;
  }

  void TakeVariables(Pipeline& pipeline) {
    if (!At(Kind::kVariable)) return;
    const std::size_t start = next_;
    std::vector<std::string> names = {tokens_[next_++].text};
    if (Skip(Kind::kSymbol, ",")) {
      if (!At(Kind::kVariable)) throw Wrong("a variable is missing after the comma");
      names.push_back(tokens_[next_++].text);
    }
    if (Skip(Kind::kSymbol, ":=")) {
      pipeline.declares = true;
    } else if (!Skip(Kind::kSymbol, "=")) {
      next_ = start;  // it is an operand
      return;
    }
    pipeline.variables = std::move(names);
  }

  bool AtOperand() const {
    return At(Kind::kWord) || At(Kind::kField) || At(Kind::kVariable) || At(Kind::kString) ||
           At(Kind::kNumber) || At(Kind::kSymbol, "(");
  }

  // NOLINTNEXTLINE(misc-no-recursion): kDeepest bounds it
  Command TakeCommand() {
    Command command;
    while (AtOperand()) command.push_back(TakeOperand());
    if (command.empty()) throw Wrong("a value is missing");
    return command;
  }

  // NOLINTNEXTLINE(misc-no-recursion): kDeepest bounds it
  Operand TakeOperand() {
    Operand operand;
    const Token token = tokens_[next_++];
    switch (token.kind) {
      case Kind::kField:
        if (!token.text.empty()) operand.fields.push_back(token.text);
        break;
      case Kind::kVariable:
        operand.kind = Operand::Kind::kVariable;
        operand.name = token.text;
        break;
      case Kind::kString:
        operand.kind = Operand::Kind::kLiteral;
        operand.literal = Value(OrderedJson(token.text));
        break;
      case Kind::kNumber:
        operand.kind = Operand::Kind::kLiteral;
        operand.literal = ParseNumber(token.text);
        break;
      case Kind::kSymbol:
        operand.kind = Operand::Kind::kPipeline;
        operand.inner.push_back(TakePipeline());
        if (!Skip(Kind::kSymbol, ")")) throw Wrong("a parenthesis is not closed");
        break;
      case Kind::kWord:
        TakeName(operand, token.text);
        break;
      case Kind::kText:
      case Kind::kOpen:
      case Kind::kClose:
        throw Wrong("a value is missing");
    }
    while (At(Kind::kField) && !tokens_[next_].after_space && !tokens_[next_].text.empty()) {
      operand.fields.push_back(tokens_[next_++].text);
    }
    return operand;
  }

  static void TakeName(Operand& operand, const std::string& name) {
    operand.kind = Operand::Kind::kLiteral;
    if (name == "true" || name == "false") {
      operand.literal = Value(OrderedJson(name == "true"));
    } else if (name == "nil") {
      operand.literal = Value(OrderedJson());
    } else if (FindFunction(name) != nullptr) {
      operand.kind = Operand::Kind::kFunction;
      operand.name = name;
    } else {
      throw Wrong(fmt::format("there is no function {}", Quote(PrintableText(name))));
    }
  }

  std::vector<Token> tokens_;
  std::size_t next_ = 0;
  int depth_ = 0;
  std::string ending_;  // the word that ended the last block
};

}  // namespace

Block Parse(std::string_view text) {
  constexpr std::size_t kLongest = 64u << 10;
  if (text.size() > kLongest) throw Wrong("it is longer than 64 KiB");
  return Parser(Tokenize(text)).Run();
}

}  // namespace ibuild::cli::go_template
