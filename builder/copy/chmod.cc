#include "builder/copy/chmod.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "support/error.h"
#include "support/text.h"

namespace ibuild::builder {
namespace {

constexpr mode_t kUser = 04700;
constexpr mode_t kGroup = 02070;
constexpr mode_t kOther = 0007;  // "o+t" and "o+s" do nothing
constexpr mode_t kSetId = 06000;
constexpr mode_t kSticky = 01000;
constexpr mode_t kAllButSticky = 06777;
constexpr mode_t kAll = 07777;
constexpr mode_t kExecute = 0111;
constexpr mode_t kUmask = 022;

std::optional<mode_t> ParseOctal(std::string_view text) {
  if (text.empty() || text.size() > 8) return std::nullopt;
  mode_t bits = 0;
  for (const char c : text) {
    if (c < '0' || c > '7') return std::nullopt;
    bits = bits * 8 + static_cast<mode_t>(c - '0');
  }
  if (bits > kAll) return std::nullopt;
  return bits;
}

mode_t WhoMask(char who) {
  switch (who) {
    case 'u':
      return kUser;
    case 'g':
      return kGroup;
    case 'o':
      return kOther;
    case 'a':
      return kAllButSticky;
    default:
      return 0;
  }
}

// rwx of one class, as three bits.
mode_t ClassBits(mode_t mode, char who) {
  if (who == 'u') return (mode >> 6) & 7;
  if (who == 'g') return (mode >> 3) & 7;
  return mode & 7;
}

mode_t ForEverybody(mode_t three_bits) { return three_bits * 0111; }

bool IsOperation(char c) { return c == '+' || c == '-' || c == '='; }
bool IsClass(char c) { return c == 'u' || c == 'g' || c == 'o'; }

struct BadMode {};

}  // namespace

// Reads `[ugoa]*([+-=][rwxXstugo]*)+`, separated by commas.
class ModeChange::Parser {
 public:
  std::vector<Step> Parse(std::string_view text) {
    for (const std::string_view clause : Split(text, ',')) ParseClause(clause);
    return std::move(steps_);
  }

 private:
  void ParseClause(std::string_view clause) {
    who_ = 0;
    while (!clause.empty() && WhoMask(clause.front()) != 0) {
      who_ |= WhoMask(clause.front());
      clause.remove_prefix(1);
    }
    if (clause.empty()) throw BadMode();
    while (!clause.empty()) ParseAction(clause);
  }

  void ParseAction(std::string_view& text) {
    operation_ = text.front();
    if (!IsOperation(operation_)) throw BadMode();
    text.remove_prefix(1);
    who_ &= ~kSticky;
    cleared_ = false;
    permissions_ = execute_if_any_ = 0;
    for (; !text.empty() && !IsOperation(text.front()); text.remove_prefix(1)) {
      ParsePermission(text.front());
    }
    if (permissions_ != 0 || (operation_ == '=' && !cleared_)) Flush();
    FlushExecute();
  }

  void ParsePermission(char c) {
    if (IsClass(c)) return CopyClass(c);
    const bool only_others = who_ != 0 && (who_ & ~kOther) == 0;
    switch (c) {
      case 'r':
        permissions_ |= 0444;
        return;
      case 'w':
        permissions_ |= 0222;
        return;
      case 'x':
        permissions_ |= kExecute;
        return;
      case 'X':
        (operation_ == '-' ? permissions_ : execute_if_any_) |= kExecute;
        return;
      case 's':
        if (!only_others) permissions_ |= kSetId;
        return;
      case 't':
        if (only_others) return;
        permissions_ |= kSticky;
        who_ |= kSticky;  // where nobody else is named, it is now all that is touched
        return;
      default:
        throw BadMode();
    }
  }

  // What was read before a class takes effect before it is copied.
  void CopyClass(char from) {
    if (permissions_ != 0) Flush();
    if (operation_ == '=') cleared_ = true;
    if (operation_ == '+') FlushExecute();
    steps_.push_back({Step::Kind::kCopy, Who() & 0777, from, operation_});
  }

  void Flush() {
    if (operation_ == '=') {
      cleared_ = true;
      steps_.push_back({Step::Kind::kClear, who_ == 0 ? kAllButSticky : who_});
    }
    const auto kind = operation_ == '-' ? Step::Kind::kClear : Step::Kind::kAdd;
    steps_.push_back({kind, Who() & permissions_});
    permissions_ = 0;
  }

  void FlushExecute() {
    if (execute_if_any_ == 0) return;
    steps_.push_back({Step::Kind::kAddExecute, Who() & std::exchange(execute_if_any_, 0)});
  }

  // The bits that the clause may touch.
  mode_t Who() const { return who_ == 0 ? kAll : who_; }

  std::vector<Step> steps_;
  mode_t who_ = 0;  // nobody named: 0
  char operation_ = 0;
  bool cleared_ = false;    // what "=" takes away has been taken away
  mode_t permissions_ = 0;  // read and not yet in effect
  mode_t execute_if_any_ = 0;
};

ModeChange ModeChange::Parse(std::string_view text) {
  ModeChange change;
  if (const auto bits = ParseOctal(text)) {
    change.octal_ = true;
    change.bits_ = *bits;
    return change;
  }
  try {
    change.steps_ = Parser().Parse(text);
  } catch (const BadMode&) {
    throw Error(ErrorKind::kInvalidInput,
                fmt::format("invalid chmod parameter: '{}'. it should be octal string and between "
                            "0 and 07777",
                            text))
        .WithHint("symbolic modes work too, for example `u=rwX,go=rX`");
  }
  return change;
}

mode_t ModeChange::ApplyStep(const Step& step, mode_t mode, bool executable) {
  switch (step.kind) {
    case Step::Kind::kAdd:
      return mode | step.bits;
    case Step::Kind::kClear:
      return mode & ~step.bits;
    case Step::Kind::kAddExecute:
      return executable ? mode | step.bits : mode;
    case Step::Kind::kCopy:
      break;
  }
  const mode_t copied = ForEverybody(ClassBits(mode, step.from)) & step.bits;
  if (step.operation == '+') return mode | copied;
  if (step.operation == '-') return mode & ~copied;
  return (mode & ~step.bits) | copied;
}

mode_t ModeChange::Apply(mode_t mode, bool is_directory) const {
  if (octal_) return bits_;
  const bool executable = is_directory || (mode & kExecute) != 0;
  for (const Step& step : steps_) mode = ApplyStep(step, mode, executable);
  return mode;
}

mode_t ModeChange::ForNewParent() const { return octal_ ? bits_ & 0777 & ~kUmask : mode_t{0755}; }

}  // namespace ibuild::builder
