// Dockerfile reference, "Environment replacement".
#include "parser/meaning/expand.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <string>

#include "parser/meaning/shell_pattern.h"
#include "support/text.h"
#include "tests/expect_error.h"

namespace ibuild::parser {
namespace {

using testing::ElementsAre;

constexpr auto LookUp = [](std::string_view name) -> std::optional<std::string_view> {
  static const std::map<std::string_view, std::string_view> kScope = {
      {"NAME", "value"}, {"EMPTY", ""},  {"DIR", "/usr/local/lib"},
      {"LIST", "80 81"}, {"Q", "a*b?c"}, {"UNI", "äöü"}};
  const auto found = kScope.find(name);
  if (found == kScope.end()) return std::nullopt;
  return found->second;
};

std::string Expanded(std::string_view word, ExpandMode mode = ExpandMode::kWord) {
  return ExpandWord(word, LookUp, '\\', mode).text;
}

TEST(ExpandWord, Table) {
  std::ifstream table("testdata/expand.tsv");
  ASSERT_TRUE(table);
  std::size_t rows = 0;
  for (std::string line; std::getline(table, line);) {
    if (line.empty() || line.starts_with("# ")) continue;
    const auto cells = Split(line, '\t');
    ASSERT_EQ(cells.size(), 3U) << line;
    ++rows;
    try {
      const Expansion expansion = ExpandWord(cells[0], LookUp);
      EXPECT_EQ(expansion.text, cells[1]) << line;
      EXPECT_EQ(Join(expansion.undefined, " "), cells[2]) << line;
    } catch (const Error& error) {
      EXPECT_EQ("error: " + error.message(), cells[1]) << line;
    }
  }
  EXPECT_GT(rows, 80U);
}

TEST(ExpandWord, BacktickAsEscape) {
  EXPECT_EQ(ExpandWord("`$NAME \\$NAME \"`\"\"", LookUp, '`').text, "$NAME \\value \"");
}

TEST(ExpandWord, HereDocumentsLoseEscapesAndKeepQuotes) {
  EXPECT_EQ(Expanded("a $U \"q\" \\$y \\n '$NAME' \\\\", ExpandMode::kHereDocument),
            "a  \"q\" $y n 'value' \\");
  EXPECT_EQ(ExpandWord("`$NAME \\x", LookUp, '`', ExpandMode::kHereDocument).text, "`value x");
}

TEST(ExpandWord, DisplayKeepsQuotesEscapesAndUnsetVariables) {
  EXPECT_EQ(Expanded("\"$NAME\" '$x' \\n $U ${U:-w} ${U} ${NAME:-w}", ExpandMode::kDisplay),
            "\"value\" '$x' \\n $U ${U:-w} ${U} value");
}

TEST(ExpandWord, UndefinedNamesOnceEach) {
  EXPECT_THAT(ExpandWord("$A$B$A", LookUp).undefined, ElementsAre("A", "B"));
}

TEST(ExpandWords, SplitAfterExpansion) {
  EXPECT_THAT(ExpandWords("$LIST", LookUp).words, ElementsAre("80", "81"));
  EXPECT_THAT(ExpandWords("x$LIST", LookUp).words, ElementsAre("x80", "81"));
  EXPECT_THAT(ExpandWords("\"$LIST\" $U ' '", LookUp).words, ElementsAre("80 81", " "));
  EXPECT_THAT(ExpandWords("a\\ b \"\"", LookUp).words, ElementsAre("a b"));
}

TEST(ShellPattern, LeftmostAndLongest) {
  EXPECT_EQ(ShellPattern("a*b").Replace("xabcabz", "-", false), "x-z");
  EXPECT_EQ(ShellPattern("a?").Replace("abacad", "-", true), "---");
  EXPECT_EQ(ShellPattern("*").Replace("abc", "-", true), "-");
  EXPECT_EQ(ShellPattern("").Replace("ab", "-", true), "-a-b-");
  EXPECT_EQ(ShellPattern("*x").CutPrefix("axbxc", MatchLength::kShortest), "bxc");
  EXPECT_EQ(ShellPattern("*x").CutPrefix("axbxc", MatchLength::kLongest), "c");
  EXPECT_EQ(ShellPattern("x*").CutSuffix("axbxc", MatchLength::kShortest), "axb");
  EXPECT_EQ(ShellPattern("x*").CutSuffix("axbxc", MatchLength::kLongest), "a");
}

// Ten thousand levels would overflow the machine stack of a recursive expander.
TEST(ExpandWord, DeepNestingIsFlat) {
  constexpr int kDepth = 10000;
  std::string word;
  for (int i = 0; i < kDepth; ++i) word += "${a:-";
  word += "x" + std::string(kDepth, '}');
  EXPECT_EQ(Expanded(word), "x");
  word.pop_back();
  ExpectError(ErrorKind::kInvalidInput, "missing '}'", [&] { Expanded(word); });
}

TEST(ExpandWord, DeepNestingWithTextIsLinear) {
  constexpr int kDepth = 200000;
  std::string word;
  for (int i = 0; i < kDepth; ++i) word += "y${a:-";
  word += std::string(kDepth, '}');
  EXPECT_EQ(Expanded(word).size(), static_cast<std::size_t>(kDepth));
}

}  // namespace
}  // namespace ibuild::parser
