#include <gtest/gtest.h>

#include "cli/render/age.h"
#include "cli/render/log_lines.h"
#include "cli/render/table.h"

namespace ibuild::cli {
namespace {

std::vector<std::string> Lines(const std::vector<std::string>& pieces) {
  std::vector<std::string> lines;
  const auto take = [&](std::string_view line) { lines.emplace_back(line); };
  LogLines cutter;
  for (const std::string& piece : pieces) cutter.Add(piece, take);
  cutter.Flush(take);
  return lines;
}

TEST(LogLines, CutAtEveryKindOfLineEnd) {
  using V = std::vector<std::string>;
  EXPECT_EQ(Lines({"a\nb\n"}), (V{"a", "b"}));
  EXPECT_EQ(Lines({"a\r", "\nb"}), (V{"a", "b"}));
  EXPECT_EQ(Lines({"10%\r20%\r30%\n"}), (V{"10%", "20%", "30%"}));
  EXPECT_EQ(Lines({"\n\n"}), (V{"", ""}));
  EXPECT_EQ(Lines({"no", " end"}), (V{"no end"}));
  EXPECT_EQ(Lines({}), V{});
}

TEST(LogLines, ALineWithoutEndIsCutSomewhere) {
  EXPECT_EQ(Lines({std::string(200000, 'x')}).size(), 4u);
}

TEST(Table, AlignsItsColumns) {
  Table table({"NAME", "SIZE"});
  table.Add({"a", "1 B"});
  table.Add({"longer", ""});
  EXPECT_EQ(table.Render(), "NAME    SIZE\na       1 B\nlonger\n");
}

// Widths are of characters, not of bytes.
TEST(Table, CanBeSpacedLikeDockers) {
  Table table({"ID", "COMMAND", "NAMES"}, kDockerSpacing);
  table.Add({"0123456789ab", "\"sleep…\"", "web"});
  EXPECT_EQ(table.Render(), "ID             COMMAND    NAMES\n0123456789ab   \"sleep…\"   web\n");
}

TEST(FormatAge, TellsTheLargestUnitThatCountsTwo) {
  const UnixTime now{1000000000, 0};
  const auto age = [&](std::int64_t seconds) { return FormatAge({now.seconds - seconds, 0}, now); };
  EXPECT_EQ(age(0), "now");
  EXPECT_EQ(age(1), "1 second ago");
  EXPECT_EQ(age(90), "90 seconds ago");
  EXPECT_EQ(age(120), "2 minutes ago");
  EXPECT_EQ(age(2 * 86400), "2 days ago");
  EXPECT_EQ(age(20 * 86400), "2 weeks ago");
  EXPECT_EQ(age(800 * 86400), "2 years ago");
  EXPECT_EQ(age(-3600), "in the future");
  EXPECT_EQ(FormatAge("not a time", now), "N/A");
}

}  // namespace
}  // namespace ibuild::cli
