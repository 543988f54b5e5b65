#include "containers/monitor/log_file.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/scratch_dir.h"

namespace ibuild::containers {
namespace {

std::string ReadAllText(const std::filesystem::path& path) {
  LogReader reader(path);
  std::string text;
  while (const auto entry = reader.Next()) text += entry->text;
  return text;
}

TEST(LogFile, KeepsLinesWithStreamAndTime) {
  const ScratchDir scratch;
  LogWriter writer(scratch.path() / "log");
  writer.Write(Stream::kOutput, "one\ntw", 5);
  writer.Write(Stream::kErrors, "bad\n", 6);
  writer.Write(Stream::kOutput, "o\nrest", 7);
  LogReader reader(scratch.path() / "log");
  std::string seen;
  while (const auto entry = reader.Next()) {
    seen += std::to_string(entry->time) + static_cast<char>(entry->stream) + entry->text;
  }
  EXPECT_EQ(seen, "5oone\n6ebad\n7otwo\n");
  writer.Flush(8);
  const auto last = reader.Next();
  ASSERT_TRUE(last);
  EXPECT_EQ(last->text, "rest");
  EXPECT_FALSE(reader.Next());
}

TEST(LogFile, HoldsAnyBytes) {
  const ScratchDir scratch;
  LogWriter writer(scratch.path() / "log");
  const std::string bytes("1 o 3\n\0\xff\n5 o 9\n", 15);
  writer.Write(Stream::kOutput, bytes, 1);
  EXPECT_EQ(ReadAllText(scratch.path() / "log"), bytes);
}

TEST(LogFile, StaysWithinItsLimitAndIsFollowedIntoTheNextFile) {
  const ScratchDir scratch;
  constexpr std::uint64_t kLimit = 4096;
  LogWriter writer(scratch.path() / "log", kLimit);
  LogReader follower(scratch.path() / "log");
  std::size_t followed = 0;
  for (int i = 0; i < 1000; ++i) {
    writer.Write(Stream::kOutput, std::string(50, 'x') + "\n", i);
    while (follower.Next()) ++followed;
  }
  EXPECT_EQ(followed, 1000U);
  std::uintmax_t size = 0;
  for (const auto& entry : std::filesystem::directory_iterator(scratch.path())) {
    size += entry.file_size();
  }
  EXPECT_LE(size, 2 * kLimit + 200);
  EXPECT_FALSE(ReadAllText(scratch.path() / "log").empty());
}

TEST(LogFile, OfNobodyIsEmpty) {
  const ScratchDir scratch;
  EXPECT_EQ(ReadAllText(scratch.path() / "none"), "");
}

}  // namespace
}  // namespace ibuild::containers
