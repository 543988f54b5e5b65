#include "support/text.h"

#include <gtest/gtest.h>

#include "support/words.h"

namespace ibuild {
namespace {

TEST(Quote, PrintsAsGoDoes) {
  EXPECT_EQ(Quote("plain"), "\"plain\"");
  EXPECT_EQ(Quote("a\"b\\c"), R"("a\"b\\c")");
  EXPECT_EQ(Quote("\a\b\f\n\r\t\v"), R"("\a\b\f\n\r\t\v")");
  EXPECT_EQ(Quote("\x1b[31m"), R"("\x1b[31m")");
  EXPECT_EQ(Quote("\xff"), R"("\xff")");
  EXPECT_EQ(Quote("h\xc3\xa9"), "\"h\xc3\xa9\"");
  EXPECT_EQ(Quote(std::string_view("\0", 1)), R"("\x00")");
}

TEST(Split, KeepsEmptyParts) {
  EXPECT_EQ(Split("a,,b,", ','), (std::vector<std::string_view>{"a", "", "b", ""}));
  EXPECT_EQ(Split("", ','), (std::vector<std::string_view>{""}));
}

TEST(Text, TrimsAndJoins) {
  EXPECT_EQ(Trim(" \t x y \r\n"), "x y");
  EXPECT_EQ(Trim(" \n"), "");
  EXPECT_EQ(Join({"a", "b", "c"}, ", "), "a, b, c");
  EXPECT_EQ(Join({}, ", "), "");
}

TEST(Text, CaseIsAscii) {
  EXPECT_EQ(ToLower("FroM\xc3\x89"), "from\xc3\x89");
  EXPECT_EQ(ToUpper("run"), "RUN");
  EXPECT_TRUE(EqualsIgnoringCase("From", "FROM"));
  EXPECT_FALSE(EqualsIgnoringCase("From", "FROMM"));
}

TEST(ParseUnsigned, TakesDigitsOnly) {
  EXPECT_EQ(ParseUnsigned("0"), 0u);
  EXPECT_EQ(ParseUnsigned("18446744073709551615"), 18446744073709551615u);
  for (const char* text : {"", "18446744073709551616", "-1", "+1", "1 ", "0x1", "1.0"}) {
    EXPECT_EQ(ParseUnsigned(text), std::nullopt) << text;
  }
}

TEST(ParseByteSize, KnowsTheSuffixes) {
  EXPECT_EQ(ParseByteSize("512"), 512u);
  EXPECT_EQ(ParseByteSize("1b"), 1u);
  EXPECT_EQ(ParseByteSize("64k"), 65536u);
  EXPECT_EQ(ParseByteSize("10M"), 10u << 20);
  EXPECT_EQ(ParseByteSize("1gb"), 1u << 30);
  EXPECT_EQ(ParseByteSize("1GiB"), 1u << 30);
  for (const char* text : {"", "k", "1x", "1kk", "-1", "1.5g", "99999999999t", "1 k"}) {
    EXPECT_EQ(ParseByteSize(text), std::nullopt) << text;
  }
}

TEST(FormatByteSize, ChoosesAUnit) {
  EXPECT_EQ(FormatByteSize(0), "0 B");
  EXPECT_EQ(FormatByteSize(1023), "1023 B");
  EXPECT_EQ(FormatByteSize(1024), "1.0 KiB");
  EXPECT_EQ(FormatByteSize(12900000), "12.3 MiB");
}

TEST(PrintableText, DisarmsTheTerminal) {
  EXPECT_EQ(PrintableText("\x1b]0;title\a ok\n\tx\x7f"), "\\x1b]0;title\\x07 ok\n\tx\\x7f");
  // The second set of controls, in UTF-8 and as a byte; letters that hold such a byte are kept.
  EXPECT_EQ(PrintableText("\xc2\x9b"
                          "2J \x9b"
                          "2J \xc3\x9b \xe2\x80\x9c"),
            "\\u009b2J \\x9b2J \xc3\x9b \xe2\x80\x9c");
}

TEST(PrintableText, ShowsWhatWouldTurnALineAround) {
  EXPECT_EQ(PrintableText("a\xe2\x80\xae"
                          "b\xe2\x81\xa6"
                          "c\xd8\x9c"
                          "d\xe2\x80\xa8"
                          "e"),
            "a\\u202eb\\u2066c\\u061cd\\u2028e");
  EXPECT_EQ(Quote("\xe2\x80\xae"), R"("\u202e")");
}

TEST(Text, QuoteShowsTheBytesOfWhatIsNoUtf8) {
  EXPECT_EQ(Quote("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x8E\x89"),
            "\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x8E\x89\"");
  EXPECT_EQ(Quote("\xC0\xAF"), R"("\xc0\xaf")") << "overlong";
  EXPECT_EQ(Quote("\xC1\xBF"), R"("\xc1\xbf")") << "overlong";
  EXPECT_EQ(Quote("\xE0\x9F\xBF"), R"("\xe0\x9f\xbf")") << "overlong";
  EXPECT_EQ(Quote("\xF0\x8F\xBF\xBF"), R"("\xf0\x8f\xbf\xbf")") << "overlong";
  EXPECT_EQ(Quote("\xED\xA0\x80"), R"("\xed\xa0\x80")") << "a surrogate";
  EXPECT_EQ(Quote("\xF4\x90\x80\x80"), R"("\xf4\x90\x80\x80")") << "beyond the last";
  EXPECT_EQ(Quote("\xE2\x82"), R"("\xe2\x82")") << "cut off";
}

TEST(Text, WordsStandBetweenBlanksOfAnyKind) {
  EXPECT_EQ(Words("  a\tbc \r\n d "), (std::vector<std::string_view>{"a", "bc", "d"}));
  EXPECT_TRUE(Words(" \t").empty());
}

}  // namespace
}  // namespace ibuild
