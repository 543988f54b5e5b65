// What happened is read as it was written, over the turn of the file.
#include "containers/state/event_log.h"

#include <gtest/gtest.h>

#include "support/files.h"
#include "tests/scratch_dir.h"

namespace ibuild::containers {
namespace {

TEST(EventLog, IsReadAsItWasWritten) {
  const ScratchDir scratch;
  const auto file = scratch.path() / "log";
  EventReader reader(file);
  EXPECT_FALSE(reader.Next());
  AppendEvent(file, {.time = 7, .action = "die", .id = "a", .attributes = {{"exitCode", "3"}}});
  const auto event = reader.Next();
  ASSERT_TRUE(event);
  EXPECT_EQ(event->time, 7);
  EXPECT_EQ(event->action, "die");
  EXPECT_EQ(event->attributes.at("exitCode"), "3");
  EXPECT_FALSE(reader.Next());
}

TEST(EventLog, IsBoundedAndReadThroughTheTurn) {
  const ScratchDir scratch;
  const auto file = scratch.path() / "log";
  EventReader reader(file);
  const std::string name(100'000, 'x');
  std::int64_t last = 0;
  for (std::int64_t time = 1; time <= 40; ++time) {
    AppendEvent(file, {.time = time, .action = "start", .id = name, .attributes = {}});
    while (const auto event = reader.Next()) EXPECT_EQ(event->time, ++last);
  }
  EXPECT_EQ(last, 40);
  EXPECT_LT(ReadFile(file).size() + ReadFile(file.native() + ".1").size(), 2'600'000U);
}

TEST(EventLog, PassesOverWhatWasCutShort) {
  const ScratchDir scratch;
  const auto file = scratch.path() / "log";
  WriteFileAtomically(file, "{\"time\":1,\"act\n", 0600);
  AppendEvent(file, {.time = 2, .action = "start", .id = "a", .attributes = {}});
  const auto event = EventReader(file).Next();
  ASSERT_TRUE(event);
  EXPECT_EQ(event->time, 2);
}

}  // namespace
}  // namespace ibuild::containers
