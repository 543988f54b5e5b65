#include "registry/auth/challenge.h"

#include <algorithm>
#include <optional>

#include "support/text.h"

namespace ibuild::registry {
namespace {

bool IsTokenChar(char c) {
  const bool letter_or_digit =
      (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  return letter_or_digit || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

class ChallengeReader {
 public:
  explicit ChallengeReader(std::string_view text) : text_(text) {}

  void ReadAll(std::vector<Challenge>& challenges) {
    Challenge* current = nullptr;
    while (SkipSeparators()) {
      const std::string_view name = ReadToken();
      if (name.empty()) {
        ++position_;  // no token begins here
        continue;
      }
      if (current != nullptr && TakeEquals()) {
        current->parameters.emplace(ToLower(name), ReadValue());
      } else {
        current = &challenges.emplace_back(Challenge{ToLower(name), {}});
      }
    }
  }

 private:
  bool AtEnd() const { return position_ >= text_.size(); }

  void SkipBlanks() {
    while (!AtEnd() && (text_[position_] == ' ' || text_[position_] == '\t')) ++position_;
  }

  // False at the end.
  bool SkipSeparators() {
    while (!AtEnd() && std::string_view(" \t,").find(text_[position_]) != std::string_view::npos) {
      ++position_;
    }
    return !AtEnd();
  }

  std::string_view ReadToken() {
    const std::size_t start = position_;
    while (!AtEnd() && IsTokenChar(text_[position_])) ++position_;
    return text_.substr(start, position_ - start);
  }

  bool TakeEquals() {
    const std::size_t start = position_;
    SkipBlanks();
    if (!AtEnd() && text_[position_] == '=') {
      ++position_;
      SkipBlanks();
      return true;
    }
    position_ = start;
    return false;
  }

  std::string ReadValue() {
    if (!AtEnd() && text_[position_] == '"') return ReadQuoted();
    // Unquoted URLs are met; they end at a comma or blank.
    const std::size_t start = position_;
    while (!AtEnd() && text_[position_] != ',' && text_[position_] != ' ') ++position_;
    return std::string(text_.substr(start, position_ - start));
  }

  std::string ReadQuoted() {
    std::string value;
    for (++position_; !AtEnd() && text_[position_] != '"'; ++position_) {
      if (text_[position_] == '\\' && position_ + 1 < text_.size()) ++position_;
      value += text_[position_];
    }
    ++position_;
    return value;
  }

  std::string_view text_;
  std::size_t position_ = 0;
};

int Preference(const Challenge& challenge) { return challenge.scheme == "bearer" ? 0 : 1; }

}  // namespace

std::string Challenge::Parameter(const std::string& name) const {
  const auto found = parameters.find(name);
  return found == parameters.end() ? std::string() : found->second;
}

std::vector<Challenge> ParseChallenges(const std::vector<std::string>& values) {
  std::vector<Challenge> challenges;
  for (const std::string& value : values) ChallengeReader(value).ReadAll(challenges);
  return challenges;
}

std::vector<Challenge> UsableChallenges(std::vector<Challenge> challenges) {
  std::erase_if(challenges, [](const Challenge& challenge) {
    return challenge.scheme != "basic" &&
           (challenge.scheme != "bearer" || challenge.Parameter("realm").empty());
  });
  std::stable_sort(challenges.begin(), challenges.end(),
                   [](const auto& a, const auto& b) { return Preference(a) < Preference(b); });
  return challenges;
}

}  // namespace ibuild::registry
