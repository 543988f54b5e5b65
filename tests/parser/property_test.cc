// Laws that hold for any text, tried on many random ones (fixed seed: a failure repeats).
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>

#include "parser/check/json_writer.h"
#include "parser/meaning/expand.h"
#include "parser/pattern/path_pattern.h"
#include "parser/pattern/rule_index.h"
#include "parser/syntax/duration.h"
#include "parser/syntax/json_array.h"
#include "parser/syntax/words.h"
#include "tests/parser/parsed.h"

namespace ibuild::parser {
namespace {

constexpr int kRounds = 2000;

class Random {
 public:
  std::size_t Below(std::size_t limit) { return engine_() % limit; }

  std::string Text(std::string_view alphabet, std::size_t max_length) {
    std::string text(Below(max_length + 1), ' ');
    for (char& c : text) c = alphabet[Below(alphabet.size())];
    return text;
  }

 private:
  std::mt19937 engine_{20240229};
};

constexpr std::string_view kAnything = "ab$ {}:-+?#%/*\\\"'`[]<>&;=\t.,_0";

constexpr auto kEmptyScope = [](std::string_view) -> std::optional<std::string_view> {
  return std::nullopt;
};

TEST(Property, SingleQuotesProtectEverything) {
  Random random;
  for (int i = 0; i < kRounds; ++i) {
    std::string text = random.Text(kAnything, 30);
    std::erase(text, '\'');
    EXPECT_EQ(ExpandWord("'" + text + "'", kEmptyScope).text, text);
  }
}

TEST(Property, EscapingEveryCharacterProtectsEverything) {
  Random random;
  for (int i = 0; i < kRounds; ++i) {
    const std::string text = random.Text(kAnything, 30);
    std::string escaped;
    for (const char c : text) escaped += std::string("\\") + c;
    EXPECT_EQ(ExpandWord(escaped, kEmptyScope).text, text);
  }
}

TEST(Property, ExpandingWordsLosesNoTextOfPlainOnes) {
  Random random;
  for (int i = 0; i < kRounds; ++i) {
    const std::string text = random.Text("ab  c", 30);
    std::string joined;
    for (const std::string& word : ExpandWords(text, kEmptyScope).words) joined += word;
    std::string without_blanks = text;
    std::erase(without_blanks, ' ');
    EXPECT_EQ(joined, without_blanks);
  }
}

TEST(Property, JsonWrittenIsJsonRead) {
  Random random;
  for (int i = 0; i < kRounds; ++i) {
    std::vector<std::string> strings(random.Below(4));
    JsonWriter json;
    json.BeginArray();
    for (std::string& string : strings) {
      string = random.Text("ab\"\\/\n\t\x01\x1f {}[],:", 20) + "\u00e9\U0001F600";
      json.String(string);
    }
    json.EndArray();
    const JsonArray array = ReadJsonArray(std::move(json).Finish());
    ASSERT_EQ(array.shape, JsonArrayShape::kStrings);
    ASSERT_EQ(array.strings.size(), strings.size());
    for (std::size_t k = 0; k < strings.size(); ++k) EXPECT_EQ(array.strings[k].value, strings[k]);
  }
}

TEST(Property, QuotedWordsAreTheTextWithoutOuterBlanks) {
  Random random;
  for (int i = 0; i < kRounds; ++i) {
    const std::string text = random.Text("ab'\" =", 30) + "z";
    for (const std::string_view word : SplitQuotedWords(text, '\\')) {
      EXPECT_FALSE(word.empty());
      EXPECT_NE(text.find(word), std::string::npos);
    }
  }
}

TEST(Property, AnEscapedPathMatchesItselfOnly) {
  Random random;
  for (int i = 0; i < kRounds; ++i) {
    const std::string path = "x" + random.Text("ab*?[]\\-^", 12);
    std::string pattern;
    for (const char c : path) pattern += std::string("\\") + c;
    for (const PatternDialect dialect : {PatternDialect::kElements, PatternDialect::kDeep}) {
      EXPECT_TRUE(PathPattern(pattern, dialect).Matches(path)) << pattern;
      EXPECT_FALSE(PathPattern(pattern, dialect).Matches(path + "x")) << pattern;
    }
  }
}

// A plain recursive matcher, exponential and obviously right.
bool SlowMatch(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern.front() == '*') {
    if (SlowMatch(pattern.substr(1), text)) return true;
    return !text.empty() && text.front() != '/' && SlowMatch(pattern, text.substr(1));
  }
  if (text.empty()) return false;
  const bool same = pattern.front() == '?' ? text.front() != '/' : pattern.front() == text.front();
  return same && SlowMatch(pattern.substr(1), text.substr(1));
}

TEST(Property, PatternsAgreeWithASlowMatcher) {
  Random random;
  for (int i = 0; i < 10 * kRounds; ++i) {
    std::string pattern = random.Text("ab*?", 4) + "a/" + random.Text("ab*?", 4) + "b";
    const std::string path = random.Text("ab", 4) + "a/" + random.Text("ab", 4) + "b";
    while (pattern.find("**") != std::string::npos) pattern.erase(pattern.find("**"), 1);
    EXPECT_EQ(PathPattern(pattern, PatternDialect::kElements).Matches(path),
              SlowMatch(pattern, path))
        << pattern << " " << path;
  }
}

TEST(Property, ContinuationsDoNotChangeACommand) {
  Random random;
  for (int i = 0; i < kRounds; ++i) {
    std::string text = "RUN x";
    std::string broken = text;
    for (std::size_t piece = random.Below(5); piece > 0; --piece) {
      const std::string part = random.Text("ab =&;$", 8) + "y";
      text += part;
      broken += "\\ \n# note\n" + part;
    }
    EXPECT_EQ(InstructionOf(broken), InstructionOf(text));
  }
}

TEST(Property, CommentsAndBlankLinesBetweenInstructionsChangeNothing) {
  const std::vector<std::string> lines = {"FROM x", "ENV A=b C=d", "COPY a b", "RUN <<E\n#x\n\nE",
                                          "CMD [\"a\"]"};
  std::string plain;
  std::string padded;
  for (const std::string& line : lines) {
    plain += line + "\n";
    padded += "\n# note\n  \n" + line + "\n";
  }
  const auto without_lines = [](std::string dump) {
    dump.erase(std::remove_if(dump.begin(), dump.end(),
                              [](char c) { return (c >= '0' && c <= '9') || c == '-'; }),
               dump.end());
    return dump;
  };
  EXPECT_EQ(without_lines(AstOf(padded)), without_lines(AstOf(plain)));
}

TEST(Duration, GoForms) {
  using std::chrono::nanoseconds;
  EXPECT_EQ(ParseDuration("1h30m"), nanoseconds(5'400'000'000'000));
  EXPECT_EQ(ParseDuration("1.5s"), nanoseconds(1'500'000'000));
  EXPECT_EQ(ParseDuration(".5s"), nanoseconds(500'000'000));
  EXPECT_EQ(ParseDuration("-2ms"), nanoseconds(-2'000'000));
  EXPECT_EQ(ParseDuration("3us"), ParseDuration("3\u00b5s"));
  EXPECT_EQ(ParseDuration("0"), nanoseconds(0));
  for (const std::string_view text :
       {"", "5", "s", ".s", "1.2.3s", "1x", "1s ", "-", "300000h1s999999999h"}) {
    EXPECT_FALSE(ParseDuration(text)) << text;
  }
}

// What the index of an ignore file finds is what trying each pattern would.
TEST(Property, RuleIndexAgreesWithItsPatterns) {
  Random random;
  for (int i = 0; i < kRounds; ++i) {
    RuleIndex index;
    std::vector<PathPattern> patterns;
    for (std::size_t rules = random.Below(6); rules > 0; --rules) {
      patterns.emplace_back(random.Text("aab*/?.", 9), PatternDialect::kDeep);
      index.Add(patterns.back());
    }
    const std::string path = random.Text("aab/.", 9);
    std::optional<std::size_t> last;
    for (std::size_t rule = 0; rule < patterns.size(); ++rule) {
      if (patterns[rule].MatchesPathOrParent(SplitPath(path))) last = rule;
    }
    EXPECT_EQ(index.LastMatch(SplitPath(path)), last) << path;
  }
}

}  // namespace
}  // namespace ibuild::parser
