#include "parser/meaning/expand.h"

#include <fmt/format.h>

#include <unordered_set>
#include <utility>

#include "parser/meaning/shell_pattern.h"
#include "parser/syntax/chars.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::parser {
namespace {

bool IsSpecialParameter(char c) { return std::string_view("@*#?-$!").find(c) != std::string::npos; }

// A message is to be read: of a word that fills a screen, the start is enough.
std::string QuoteClipped(std::string_view text) {
  constexpr std::size_t kShown = 300;
  return text.size() <= kShown ? Quote(text) : Quote(text.substr(0, kShown)) + "…";
}

// One pass over the word with an explicit stack. All open substitutions write to the same output,
// each remembering where its part begins: ${a:-word} leaves the expanded word where it stands or
// cuts it off and writes the value of `a` instead. So nesting costs nothing but its frame.
class Expander {
 public:
  Expander(std::string_view text, const VariableScope& scope, char escape, ExpandMode mode)
      : text_(text), scope_(scope), escape_(escape), mode_(mode) {}

  Expansion Run() {
    try {
      while (at_ < text_.size()) Step();
      if (!frames_.empty()) FailUnfinished();
    } catch (const Error& error) {
      throw Error(error.kind(),
                  fmt::format("failed to process {}: {}", QuoteClipped(text_), error.message()))
          .WithHint(error.hint());
    }
    return {std::move(out_), std::move(undefined_)};
  }

  // The output of Run() cut at blanks outside of what quotes and escapes protect.
  std::vector<std::string> SplitOutput(std::string_view out) const;

 private:
  struct Frame {
    enum Kind { kQuote, kWord, kPattern } kind;  // ends at a quote, at "}", at "/"
    bool raw_escapes = false;                    // escapes stay, for a pattern to understand
    std::size_t begin = 0;                       // in out_
    std::string_view name = {};
    std::string_view modifier = {};  // ":-", "#", "//", …
    std::size_t pattern_end = 0;     // in out_; of a replacement
  };

  bool RawEscapes() const {
    return frames_.empty() ? mode_ == ExpandMode::kDisplay : frames_.back().raw_escapes;
  }
  bool KeepsQuotes() const { return mode_ == ExpandMode::kDisplay; }
  char Peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  void Step();
  void StepInQuote();
  void TakeDollar();
  void TakeBraces();
  void OpenModifier(std::string_view name);
  void TakeEscape();
  void TakeSingleQuoted();
  void OpenQuote();
  void CloseQuote();
  void EndPattern();
  void CloseSubstitution();
  std::string Substitute(const Frame& frame, std::optional<std::string_view> value,
                         std::string_view word) const;
  void CopyPlain();
  std::string_view TakeName();
  std::optional<std::string_view> LookUp(std::string_view name);
  void Protect(std::size_t begin);
  [[noreturn]] static void Fail(std::string_view message, std::string hint = {});
  [[noreturn]] void FailUnfinished() const;

  std::string_view text_;
  const VariableScope& scope_;
  char escape_;
  ExpandMode mode_;
  std::size_t at_ = 0;
  std::string out_;
  std::vector<Frame> frames_;
  std::vector<std::string> undefined_;
  std::unordered_set<std::string_view> seen_undefined_;
  std::vector<std::pair<std::size_t, std::size_t>> protected_;  // of out_, in order
};

void Expander::Fail(std::string_view message, std::string hint) {
  throw Error(ErrorKind::kInvalidInput, std::string(message)).WithHint(std::move(hint));
}

// The outermost substitution that is open names the fault; without one, the quote.
void Expander::FailUnfinished() const {
  for (const Frame& frame : frames_) {
    if (frame.kind == Frame::kPattern) Fail("syntax error: missing '/' in ${}");
    if (frame.kind == Frame::kWord) Fail("syntax error: missing '}'");
  }
  Fail("unexpected end of statement while looking for matching double-quote");
}

// Text at the top level that stands in quotes or after an escape does not split into words.
void Expander::Protect(std::size_t begin) {
  if (frames_.empty()) protected_.emplace_back(begin, out_.size());
}

void Expander::Step() {
  const char c = text_[at_];
  const Frame* top = frames_.empty() ? nullptr : &frames_.back();
  if (top != nullptr && top->kind == Frame::kQuote) return StepInQuote();
  if (top != nullptr && top->kind == Frame::kWord && c == '}') return CloseSubstitution();
  if (top != nullptr && top->kind == Frame::kPattern && c == '/') return EndPattern();
  if (c == '$') return TakeDollar();
  if (c == escape_) return TakeEscape();
  const bool quotes = mode_ != ExpandMode::kHereDocument;
  if (quotes && c == '\'') return TakeSingleQuoted();
  if (quotes && c == '"') return OpenQuote();
  CopyPlain();
}

void Expander::CopyPlain() {
  const std::size_t length = CharLengthAt(text_, at_);
  out_.append(text_.substr(at_, length));
  at_ += length;
}

// In double quotes an escape is one only before a quote, a dollar or itself.
void Expander::StepInQuote() {
  const char c = text_[at_];
  if (c == '"') return CloseQuote();
  if (c == '$') return TakeDollar();
  if (c != escape_) return CopyPlain();
  ++at_;
  if (at_ == text_.size()) return;
  const char next = text_[at_];
  const bool escapes = next == '"' || next == '$' || next == escape_;
  if (!escapes || RawEscapes()) out_.push_back(escape_);
  if (escapes) CopyPlain();
}

void Expander::TakeEscape() {
  const std::size_t begin = out_.size();
  if (RawEscapes()) out_.push_back(escape_);
  if (++at_ < text_.size()) CopyPlain();
  Protect(begin);
}

void Expander::TakeSingleQuoted() {
  const std::size_t begin = out_.size();
  const std::size_t close = text_.find('\'', at_ + 1);
  if (close == std::string_view::npos) {
    if (!frames_.empty()) FailUnfinished();
    Fail("unexpected end of statement while looking for matching single-quote");
  }
  out_.append(KeepsQuotes() ? text_.substr(at_, close + 1 - at_)
                            : text_.substr(at_ + 1, close - at_ - 1));
  at_ = close + 1;
  Protect(begin);
}

void Expander::OpenQuote() {
  frames_.push_back({Frame::kQuote, RawEscapes(), out_.size()});
  if (KeepsQuotes()) out_.push_back('"');
  ++at_;
}

void Expander::CloseQuote() {
  const std::size_t begin = frames_.back().begin;
  frames_.pop_back();
  if (KeepsQuotes()) out_.push_back('"');
  ++at_;
  Protect(begin);
}

// A name, all digits of a position, or one special character; empty when there is none of these.
std::string_view Expander::TakeName() {
  const std::size_t begin = at_;
  if (IsDigit(Peek())) {
    while (IsDigit(Peek())) ++at_;
  } else if (at_ < text_.size() && IsSpecialParameter(text_[at_])) {
    ++at_;
  } else {
    while (at_ < text_.size()) {
      const std::size_t length = NameCharLengthAt(text_, at_);
      if (length == 0) break;
      at_ += length;
    }
  }
  return text_.substr(begin, at_ - begin);
}

std::optional<std::string_view> Expander::LookUp(std::string_view name) {
  const std::optional<std::string_view> value = scope_(name);
  if (!value && seen_undefined_.insert(name).second) undefined_.emplace_back(name);
  return value;
}

void Expander::TakeDollar() {
  const std::size_t begin = at_++;
  if (Peek() == '{') return TakeBraces();
  const std::string_view name = TakeName();
  const std::optional<std::string_view> value = name.empty() ? std::nullopt : LookUp(name);
  if (value) {
    out_.append(*value);
  } else if (name.empty() || mode_ == ExpandMode::kDisplay) {
    out_.append(text_.substr(begin, at_ - begin));
  }
}

void Expander::TakeBraces() {
  const std::size_t begin = at_ - 1;
  ++at_;
  if (at_ == text_.size()) Fail("syntax error: missing '}'");
  if (const char c = Peek(); c == '{' || c == '}' || c == ':') {
    Fail("syntax error: bad substitution");
  }
  const std::string_view name = TakeName();
  if (at_ == text_.size()) Fail("syntax error: missing '}'");
  if (Peek() != '}') return OpenModifier(name);
  ++at_;
  const std::optional<std::string_view> value = LookUp(name);
  if (value) {
    out_.append(*value);
  } else if (mode_ == ExpandMode::kDisplay) {
    out_.append(text_.substr(begin, at_ - begin));
  }
}

void Expander::OpenModifier(std::string_view name) {
  const std::size_t colon = Peek() == ':' ? 1 : 0;
  std::string_view modifier = text_.substr(
      at_, colon + (at_ + colon < text_.size() ? CharLengthAt(text_, at_ + colon) : 0));
  const char operation = modifier.back();
  if (operation == '/' && text_.substr(at_).starts_with("//")) modifier = text_.substr(at_, 2);
  const std::string_view known = colon == 1 ? "+-?" : "+-?#%/";
  if (known.find(operation) == std::string_view::npos || modifier.size() > 2) {
    Fail(fmt::format("unsupported modifier ({}) in substitution", modifier),
         "the modifiers are :- - :+ + :? ? # ## % %% / //; escape a plain dollar sign");
  }
  at_ += modifier.size();
  const bool is_pattern = operation == '/';
  const bool raw = is_pattern || operation == '#' || operation == '%';
  frames_.push_back(
      {is_pattern ? Frame::kPattern : Frame::kWord, raw, out_.size(), name, modifier});
}

// ${name/pattern/…: the pattern is complete, the replacement follows.
void Expander::EndPattern() {
  ++at_;
  frames_.back().kind = Frame::kWord;
  frames_.back().pattern_end = out_.size();
}

void Expander::CloseSubstitution() {
  ++at_;
  const Frame frame = frames_.back();
  frames_.pop_back();
  const std::optional<std::string_view> value = LookUp(frame.name);
  const std::string_view word = std::string_view(out_).substr(frame.begin);
  const char operation = frame.modifier.back();
  if (!value && mode_ == ExpandMode::kDisplay) {
    out_.insert(frame.begin, fmt::format("${{{}{}", frame.name, frame.modifier));
    out_.push_back('}');
    return;
  }
  const bool missing = !value || (frame.modifier.front() == ':' && value->empty());
  if (operation == '-' ? missing : operation == '+' && !missing) return;  // the word stays
  std::string result = operation == '+' ? std::string() : Substitute(frame, value, word);
  out_.resize(frame.begin);
  out_.append(result);
}

// What stands for the substitution when it is not its word.
std::string Expander::Substitute(const Frame& frame, std::optional<std::string_view> value,
                                 std::string_view word) const {
  const char operation = frame.modifier.back();
  const std::string_view text = value.value_or("");
  if (operation == '-') return std::string(text);
  if (operation == '?') {
    if (value && (frame.modifier.front() != ':' || !text.empty())) return std::string(text);
    const std::string_view reason =
        value ? "is not allowed to be empty" : "is not allowed to be unset";
    Fail(fmt::format("{}: {}", frame.name, word.empty() ? reason : word));
  }
  if (operation == '/') {
    const std::size_t split = frame.pattern_end - frame.begin;
    return ShellPattern(word.substr(0, split))
        .Replace(text, word.substr(split), frame.modifier == "//");
  }
  const bool longest = word.starts_with(operation);
  const ShellPattern pattern(word.substr(longest ? 1 : 0));
  const MatchLength length = longest ? MatchLength::kLongest : MatchLength::kShortest;
  return std::string(operation == '#' ? pattern.CutPrefix(text, length)
                                      : pattern.CutSuffix(text, length));
}

std::vector<std::string> Expander::SplitOutput(std::string_view out) const {
  std::vector<std::string> words;
  std::string word;
  auto next_protected = protected_.begin();
  for (std::size_t at = 0; at < out.size();) {
    while (next_protected != protected_.end() && next_protected->second <= at) ++next_protected;
    const bool is_protected = next_protected != protected_.end() && next_protected->first <= at;
    const std::size_t space = is_protected ? 0 : SpaceLengthAt(out, at);
    if (space == 0) {
      word.push_back(out[at++]);
      continue;
    }
    if (!word.empty()) words.push_back(std::exchange(word, {}));
    at += space;
  }
  if (!word.empty()) words.push_back(std::move(word));
  return words;
}

}  // namespace

Expansion ExpandWord(std::string_view word, const VariableScope& scope, char escape,
                     ExpandMode mode) {
  if (mode == ExpandMode::kHereDocument) escape = '\\';
  const char special[] = {'$', '\'', '"', escape};
  if (word.find_first_of(std::string_view(special, sizeof(special))) == std::string_view::npos) {
    return {std::string(word), {}};
  }
  return Expander(word, scope, escape, mode).Run();
}

ExpandedWords ExpandWords(std::string_view text, const VariableScope& scope, char escape) {
  Expander expander(text, scope, escape, ExpandMode::kWord);
  Expansion expansion = expander.Run();
  return {expander.SplitOutput(expansion.text), std::move(expansion.undefined)};
}

}  // namespace ibuild::parser
