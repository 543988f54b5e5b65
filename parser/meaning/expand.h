// Expansion of variables in one word, with quotes and escapes (Dockerfile reference,
// "Environment replacement").
//
//   $name ${name} ${name:-word} ${name-word} ${name:+word} ${name+word} ${name:?word} ${name?word}
//   ${name#pattern} ${name##pattern} ${name%pattern} ${name%%pattern}
//   ${name/pattern/word} ${name//pattern/word}          patterns know * and ? and a backslash
//
// Knows nothing of instructions. Time and memory are linear in the input and the values used (a
// pattern costs its length times that of the value, at worst), and the machine stack stays flat
// however deep the nesting is. Malformed words throw
// Error(kInvalidInput) in the form `failed to process "${a": syntax error: missing '}'`.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ibuild::parser {

// Borrows a callable `std::optional<std::string_view>(std::string_view name)` for the length of a
// call: the value of a variable, nothing when it is not set. Both the callable and the values must
// outlive the call.
class VariableScope {
 public:
  template <typename Lookup>
  VariableScope(const Lookup& lookup)  // NOLINT(google-explicit-constructor): made to be implicit
      : target_(std::addressof(lookup)), call_([](const void* target, std::string_view name) {
          return std::optional<std::string_view>((*static_cast<const Lookup*>(target))(name));
        }) {}

  std::optional<std::string_view> operator()(std::string_view name) const {
    return call_(target_, name);
  }

 private:
  const void* target_;
  std::optional<std::string_view> (*call_)(const void*, std::string_view);
};

enum class ExpandMode {
  kWord,          // quotes and escapes are processed and removed: nearly every instruction
  kHereDocument,  // COPY <<EOF: quotes are ordinary text, and a backslash, which is the escape
                  // character here whatever the file says, only vanishes
  kDisplay,       // for step titles: quotes, escapes and unset variables stay as written
};

struct Expansion {
  std::string text;
  std::vector<std::string> undefined;  // names that were looked up and not set, in order, once each
};
Expansion ExpandWord(std::string_view word, const VariableScope& scope, char escape = '\\',
                     ExpandMode mode = ExpandMode::kWord);

// Like ExpandMode::kWord, then split at blanks that no quote or escape protects (EXPOSE $PORTS).
struct ExpandedWords {
  std::vector<std::string> words;
  std::vector<std::string> undefined;
};
ExpandedWords ExpandWords(std::string_view text, const VariableScope& scope, char escape = '\\');

}  // namespace ibuild::parser
