// From the text of a pattern to what PathPattern matches with.
#include <algorithm>
#include <utility>

#include "parser/pattern/path_pattern.h"
#include "parser/syntax/chars.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::parser {

class PatternCompiler {
 public:
  PatternCompiler(std::string_view pattern, PatternDialect dialect)
      : text_(pattern), deep_(dialect == PatternDialect::kDeep), partial_(1) {}

  std::vector<PathPattern::Elements> Compile() {
    if (deep_ && text_.starts_with("**")) StartDeep();
    while (at_ < text_.size()) Step();
    FinishElement();
    std::vector<PathPattern::Elements> alternatives;
    for (Partial& partial : partial_) {
      if (!partial.elements.empty()) alternatives.push_back(std::move(partial.elements));
    }
    return alternatives;
  }

 private:
  using Token = PathPattern::Token;
  using Element = PathPattern::Element;
  using Kind = PathPattern::Kind;

  // An alternative as far as it has been read.
  struct Partial {
    PathPattern::Elements elements;
    std::vector<Token> current;  // of the element that is not complete
  };
  static constexpr std::size_t kMaxAlternatives = 64;

  [[noreturn]] void Fail() const {
    throw Error(ErrorKind::kInvalidInput, "syntax error in pattern")
        .WithHint("in " + Quote(text_) + " close every [ and escape nothing at the end");
  }

  void Step() {
    const char c = text_[at_];
    if (c == '/') {
      ++at_;
      FinishElement();
    } else if (c == '*') {
      TakeStars();
    } else if (c == '?') {
      ++at_;
      Add({Token::kAnyChar});
    } else if (c == '[') {
      TakeClass();
    } else {
      Add({Token::kText, TakeChar()});
    }
  }

  void Add(const Token& token) {
    for (Partial& partial : partial_) partial.current.push_back(token);
    at_element_start_ = false;
  }

  std::string TakeChar() {
    if (text_[at_] == '\\' && ++at_ == text_.size()) Fail();
    const std::size_t length = CharLengthAt(text_, at_);
    at_ += length;
    return std::string(text_.substr(at_ - length, length));
  }

  // [a-c], [^a], with backslash escapes; neither `-` nor `]` may start a range.
  void TakeClass() {
    ++at_;
    Token token{Token::kClass};
    token.negated = TakeIf('^');
    do {
      const char32_t first = TakeClassChar();
      token.ranges.push_back({first, TakeIf('-') ? TakeClassChar() : first});
    } while (!TakeIf(']'));
    Add(token);
  }

  char32_t TakeClassChar() {
    if (at_ == text_.size() || text_[at_] == '-' || text_[at_] == ']') Fail();
    const std::string c = TakeChar();
    if (at_ == text_.size()) Fail();
    return CodePointAt(c, 0);
  }

  bool TakeIf(char c) {
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  void TakeStars() {
    ++at_;
    if (deep_ && TakeIf('*')) return TakeDeep();
    while (!deep_ && TakeIf('*')) continue;
    Add({Token::kAnyText});
  }

  // A leading `**` before plain text is a mere suffix: **foo is any path that ends in "foo".
  void StartDeep() {
    const std::string_view rest = text_.substr(2);
    if (rest.empty() || rest.front() == '/' || rest.find_first_of("*?[]\\") != std::string::npos) {
      return;
    }
    at_ = 2;
    AddElement({Kind::kDeep});
    Add({Token::kAnyText});
  }

  // `**` swallows the slash behind it. As an element of its own it is any number of elements (at
  // the end: one or more); inside of one it is "nothing, or anything that ends in a slash".
  void TakeDeep() {
    TakeIf('/');
    const bool at_end = at_ == text_.size();
    if (at_element_start_) {
      AddElement({at_end ? Kind::kDeepSome : Kind::kDeep});
    } else {
      Fork(at_end);
    }
  }

  void Fork(bool at_end) {
    std::vector<Partial> crossing = partial_;
    if (at_end) partial_.clear();
    if (partial_.size() + crossing.size() > kMaxAlternatives) Fail();
    std::swap(partial_, crossing);
    Add({Token::kAnyText});
    FinishElement();
    AddElement({Kind::kDeep});
    // The ones that stay in their element come first; all go on with the same text.
    std::ranges::move(partial_, std::back_inserter(crossing));
    partial_ = std::move(crossing);
    at_element_start_ = false;
  }

  void AddElement(const Element& element) {
    for (Partial& partial : partial_) partial.elements.push_back(element);
  }

  void FinishElement() {
    for (Partial& partial : partial_) {
      if (partial.current.empty()) continue;
      partial.elements.push_back(MakeElement(std::exchange(partial.current, {})));
    }
    at_element_start_ = true;
  }

  // The simplest kind that says the same.
  static Element MakeElement(std::vector<Token> tokens) {
    const auto is_text = [](const Token& token) { return token.type == Token::kText; };
    const bool starts_with_star = tokens.front().type == Token::kAnyText;
    if (!std::all_of(tokens.begin() + (starts_with_star ? 1 : 0), tokens.end(), is_text)) {
      return {Kind::kGlob, {}, std::move(tokens)};
    }
    Element element{starts_with_star ? Kind::kSuffix : Kind::kLiteral};
    for (const Token& token : tokens) element.text += token.text;
    return element;
  }

  std::string_view text_;
  bool deep_;
  std::size_t at_ = 0;
  bool at_element_start_ = true;
  std::vector<Partial> partial_;
};

PathPattern::PathPattern(std::string_view pattern, PatternDialect dialect)
    : alternatives_(PatternCompiler(pattern, dialect).Compile()) {}

}  // namespace ibuild::parser
