// Odd and hostile files end in a result or an error, in time that grows with their length.
#include <gtest/gtest.h>

#include <ctime>
#include <string>

#include "parser/check/lint.h"
#include "parser/meaning/expand.h"
#include "parser/pattern/ignore_file.h"
#include "parser/syntax/json_array.h"
#include "parser/syntax/parse.h"
#include "support/error.h"
#include "tests/parser/parsed.h"

namespace ibuild::parser {
namespace {

// Of the processor's time, so that a busy machine changes nothing. Generous: a quadratic reader
// needs minutes for these inputs.
constexpr double kSeconds = 20;

template <typename Work>
void ExpectFast(const Work& work) {
  const std::clock_t start = std::clock();
  work();
  EXPECT_LT(static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC, kSeconds);
}

std::string Repeat(std::string_view text, std::size_t times) {
  std::string repeated;
  repeated.reserve(text.size() * times);
  for (std::size_t i = 0; i < times; ++i) repeated += text;
  return repeated;
}

TEST(Hostile, ALongLine) {
  const std::string blanks = Repeat("a ", 32000);
  for (const std::string_view start : {"RUN ", "COPY ", "ENV x=1 ", "EXPOSE ", "LABEL ", "CMD ["}) {
    ExpectFast([&] { Parse("FROM x\n" + std::string(start) + blanks); });
  }
}

TEST(Hostile, AMillionBlankLines) {
  ExpectFast([] {
    EXPECT_TRUE(Parse("FROM x\n" + Repeat("\n", 1000000)).diagnostics.empty());
    EXPECT_TRUE(Parse("FROM x\nRUN a \\\n" + Repeat("\n", 1000000)).diagnostics.empty());
  });
}

TEST(Hostile, AMillionContinuations) {
  ExpectFast([] {
    const auto result = Parse("FROM x\nRUN " + Repeat("a\\\n", 1000000) + "b\nRUN c\n");
    EXPECT_EQ(result.dockerfile.stages[0].instructions.size(), 2U);
  });
}

TEST(Hostile, AHundredThousandInstructions) {
  ExpectFast([] {
    const auto result = Parse("FROM x\n" + Repeat("ENV A=b\n", 100000));
    EXPECT_EQ(result.dockerfile.stages[0].instructions.size(), 100000U);
    Lint(result.dockerfile, {});
  });
}

// `text` with every % made a number that counts up to `times`.
std::string Numbered(std::string_view text, std::size_t times) {
  std::string numbered;
  for (std::size_t i = 0; i < times; ++i) {
    for (const char c : text) {
      if (c == '%') {
        numbered += std::to_string(i);
      } else {
        numbered += c;
      }
    }
  }
  return numbered;
}

// Ten thousand different names of everything that has one.
TEST(Hostile, ManyNames) {
  const std::string each_stage_from_the_one_before =
      "FROM x AS s\n" + Numbered("FROM s AS s\nENV N%=x\nFROM s AS leaf%\nENV M=$U%\n", 5000);
  for (const std::string& text :
       {"FROM x\n" + Numbered("ENV N%=$M%\n", 10000), "FROM x\n" + Numbered("ARG N%=$M%\n", 10000),
        Numbered("ARG N%=$M%\n", 10000) + "FROM $N1\n",
        "FROM x\n" + Numbered("ENV N%=x\nUSER $U%\n", 10000),
        "FROM x\n" + Numbered("LABEL l%=$M%\n", 10000), Numbered("FROM x AS s%\nCMD a\n", 10000),
        Numbered("FROM x AS s%\nCOPY --from=s% /a /b\n", 10000), each_stage_from_the_one_before,
        "FROM x\n" + Numbered("RUN <<E%\nx\nE%\n", 10000),
        "FROM x\n" + Numbered("EXPOSE %\nVOLUME /v%\n", 10000)}) {
    ExpectFast([&] {
      const ParseResult result = Parse(text);
      EXPECT_TRUE(result.diagnostics.empty());
      Lint(result.dockerfile, {});
    });
  }
}

TEST(Hostile, AHundredThousandErrors) {
  ExpectFast(
      [] { EXPECT_EQ(Parse("FROM x\n" + Repeat("NOPE\n", 100000)).diagnostics.size(), 100000U); });
}

TEST(Hostile, ManyHeredocs) {
  ExpectFast([] {
    Parse("FROM x\nRUN " + Repeat("<<a ", 16000) + "\n" + Repeat("a\n", 16000));
    Parse("FROM x\nRUN " + Repeat("$((", 20000) + " <<a\n");
    Parse("FROM x\nCOPY " + Repeat("<<a ", 16000) + "/x\n" + Repeat("a\n", 16000));
  });
}

TEST(Hostile, DeepJson) {
  ExpectFast([] {
    EXPECT_EQ(ReadJsonArray(Repeat("[", 60000)).shape, JsonArrayShape::kNotAnArray);
    EXPECT_EQ(ReadJsonArray(Repeat("[", 5000) + Repeat("]", 5000)).shape,
              JsonArrayShape::kOtherElements);
    EXPECT_EQ(ReadJsonArray(Repeat("[", 20000) + Repeat("]", 20000)).shape,
              JsonArrayShape::kNotAnArray);
    EXPECT_EQ(ReadJsonArray("[" + Repeat("{\"a\":", 5000) + "1" + Repeat("}", 5000) + "]").shape,
              JsonArrayShape::kOtherElements);
  });
}

TEST(Hostile, ManyVariables) {
  const auto nothing = [](std::string_view) -> std::optional<std::string_view> {
    return std::nullopt;
  };
  ExpectFast([&] {
    ExpandWord(Repeat("$abc$def", 8000), nothing);
    ExpandWord(Repeat("${a:-", 13000) + Repeat("}", 13000),
               [](std::string_view) { return std::optional("x"); });
  });
}

TEST(Hostile, ManyIgnoreRules) {
  ExpectFast([] {
    const IgnoreFile file = IgnoreFile::Parse(Repeat("**/a*b*c/**/d\n!x/**/y\n", 500));
    const std::string path = Repeat("abc/", 500) + "e";
    EXPECT_FALSE(file.Excluded(path));
  });
}

TEST(Hostile, BytesOfAllKinds) {
  for (const std::string_view text :
       {std::string_view("FROM x\0y\n", 9), std::string_view("\xEF\xBB\xBF"),
        std::string_view("\xff\xfe\nFROM x"), std::string_view("FROM\tx\r\n\r\nRUN\x0b\x0cy\r"),
        std::string_view("FROM x\nRUN \xe2\x80"),
        std::string_view("\xc2\xa0"
                         "FROM x\n"),
        std::string_view("\\"), std::string_view("#"), std::string_view("# =\n"),
        std::string_view("FROM x\nCOPY <<'\n"), std::string_view("FROM x\nRUN <<\n"),
        std::string_view("FROM x\nONBUILD RUN <<E\n"),
        std::string_view("FROM x\nHEALTHCHECK  CMD\n")}) {
    const ParseResult result = Parse(text);
    DumpAst(result.dockerfile);
    Lint(result.dockerfile, {});
  }
}

// Whatever is cut off a valid file, the rest is read without a crash, and ranges stay in the file.
TEST(Hostile, EveryPrefixOfAFile) {
  const std::string text =
      "# escape=`\nARG A=1\nFROM --platform=$P a:$A AS b\nRUN --mount=type=cache,target=/x `\n"
      "  # note\n\n  echo \"${A:-b}\" <<E\nx\nE\nCOPY <<\"F\" [a] /d/\ny\nF\nCMD [\"a\\u0041\"]\n"
      "HEALTHCHECK --interval=5s CMD x\nONBUILD COPY <<G /h\nz\nG\n";
  for (std::size_t length = 0; length <= text.size(); ++length) {
    const SourceText source("Dockerfile", text.substr(0, length));
    const ParseResult result = ParseDockerfile(source);
    for (const Diagnostic& diagnostic : result.diagnostics) {
      EXPECT_LE(diagnostic.range.begin.line, source.line_count() + 1);
      EXPECT_LE(diagnostic.range.begin, diagnostic.range.end);
    }
    Lint(result.dockerfile, {});
  }
}

}  // namespace
}  // namespace ibuild::parser
