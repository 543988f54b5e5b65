// What a reader may rely on in every file: it is not long, and its header says what it is for.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/rules/sources.h"

namespace ibuild::rules {
namespace {

constexpr std::size_t kLongestHeader = 220;
constexpr std::size_t kLongestSource = 500;
constexpr std::size_t kLongestLine = 100;

// Data, not code: a list has no better form than one entry a line.
bool IsTable(const std::string& path) { return path == "sandbox/seccomp/allowed_calls.h"; }

TEST(SizeRules, FilesAreShort) {
  for (const SourceFile& file : RoomSources()) {
    if (IsTable(file.path)) continue;
    EXPECT_LE(file.lines.size(), file.IsHeader() ? kLongestHeader : kLongestSource) << file.path;
  }
}

TEST(SizeRules, LinesAreShort) {
  for (const SourceFile& file : RoomSources()) {
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      const auto columns = std::count_if(file.lines[i].begin(), file.lines[i].end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
      });
      EXPECT_LE(static_cast<std::size_t>(columns), kLongestLine) << file.path << ':' << i + 1;
    }
  }
}

TEST(SizeRules, HeadersBeginWithTheirContract) {
  for (const SourceFile& file : RoomSources()) {
    if (!file.IsHeader()) continue;
    EXPECT_TRUE(!file.lines.empty() && file.lines[0].starts_with("// ")) << file.path;
    EXPECT_NE(std::find(file.lines.begin(), file.lines.end(), "#pragma once"), file.lines.end())
        << file.path;
  }
}

// Function bodies at namespace scope: from a line that ends in "{" in the first column's statement
// to the "}" in the first column.
TEST(SizeRules, FunctionsAreShort) {
  constexpr std::size_t kLongestFunction = 60;
  for (const SourceFile& file : RoomSources()) {
    std::size_t begin = 0;
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      const std::string& line = file.lines[i];
      const bool opens = !line.empty() && line[0] != ' ' && line[0] != '}' && line.ends_with(") {");
      if (opens) begin = i + 1;
      if (line == "}" && begin != 0) {
        EXPECT_LE(i + 1 - begin, kLongestFunction) << file.path << ':' << begin;
        begin = 0;
      }
    }
  }
}

TEST(SizeRules, NothingIsLeftForLater) {
  for (const SourceFile& file : RoomSources()) {
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      for (const char* word : {"TODO", "FIXME", "XXX", "HACK"}) {
        EXPECT_EQ(file.lines[i].find(word), std::string::npos) << file.path << ':' << i + 1;
      }
    }
  }
}

}  // namespace
}  // namespace ibuild::rules
