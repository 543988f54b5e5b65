#include "builder/copy/chmod.h"

#include <fmt/format.h>

#include <optional>

#include "support/error.h"
#include "support/text.h"

namespace ibuild::builder {
namespace {

constexpr mode_t kUser = 04700;
constexpr mode_t kGroup = 02070;
constexpr mode_t kOther = 0007;
constexpr mode_t kSticky = 01000;
constexpr mode_t kAll = 07777;

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
      return kOther;  // "o+t" does nothing, as in BSD's chmod and so in Docker
    case 'a':
      return kAll;
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

mode_t PermissionBits(char permission) {
  switch (permission) {
    case 'r':
      return 0444;
    case 'w':
      return 0222;
    case 'x':
      return 0111;
    case 's':
      return 06000;
    case 't':
      return kSticky;
    default:
      return 0;
  }
}

struct BadMode {};

}  // namespace

ModeChange ModeChange::Parse(std::string_view text) {
  ModeChange change;
  if (const auto bits = ParseOctal(text)) {
    change.octal_ = true;
    change.bits_ = *bits;
    return change;
  }
  try {
    ParseClauses(text, change.clauses_);
  } catch (const BadMode&) {
    throw Error(ErrorKind::kInvalidInput,
                fmt::format("invalid chmod parameter: '{}'. it should be octal string and between "
                            "0 and 07777",
                            text))
        .WithHint("symbolic modes work too, for example `u=rwX,go=rX`");
  }
  return change;
}

void ModeChange::ParseClauses(std::string_view text, std::vector<Clause>& clauses) {
  for (std::string_view clause : Split(text, ',')) {
    mode_t who = 0;
    while (!clause.empty() && WhoMask(clause.front()) != 0) {
      who |= WhoMask(clause.front());
      clause.remove_prefix(1);
    }
    if (clause.empty()) throw BadMode();
    while (!clause.empty()) clauses.push_back(ParseAction(clause, who == 0 ? kAll : who));
  }
}

ModeChange::Clause ModeChange::ParseAction(std::string_view& text, mode_t who) {
  Clause clause{.who = who, .operation = text.front()};
  if (std::string_view("+-=").find(text.front()) == std::string_view::npos) throw BadMode();
  text.remove_prefix(1);
  if (!text.empty() && std::string_view("ugo").find(text.front()) != std::string_view::npos) {
    clause.copy_from = text.front();
    text.remove_prefix(1);
    return clause;
  }
  while (!text.empty() && std::string_view("+-=").find(text.front()) == std::string_view::npos) {
    const mode_t bits = PermissionBits(text.front());
    if (bits == 0 && text.front() != 'X') throw BadMode();
    clause.permissions |= bits;
    clause.execute_if_any |= text.front() == 'X';
    text.remove_prefix(1);
  }
  return clause;
}

mode_t ModeChange::ApplyClause(const Clause& clause, mode_t mode, bool is_directory) {
  mode_t bits = clause.permissions;
  if (clause.copy_from != 0) bits = ForEverybody(ClassBits(mode, clause.copy_from));
  if (clause.execute_if_any && (is_directory || (mode & 0111) != 0)) bits |= 0111;
  bits &= clause.who;
  switch (clause.operation) {
    case '+':
      return mode | bits;
    case '-':
      return mode & ~bits;
    default:
      break;
  }
  // As chmod(1): "=" on a directory leaves its set-id bits alone unless they were asked for.
  const mode_t kept = is_directory ? clause.who & 06000 : mode_t{0};
  return (mode & ~(clause.who & ~kept)) | bits;
}

mode_t ModeChange::Apply(mode_t mode, bool is_directory) const {
  if (octal_) return bits_;
  for (const Clause& clause : clauses_) mode = ApplyClause(clause, mode, is_directory);
  return mode;
}

mode_t ModeChange::ForNewParent() const { return octal_ ? bits_ & 0777 : mode_t{0755}; }

}  // namespace ibuild::builder
