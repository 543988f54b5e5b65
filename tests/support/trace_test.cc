#include "support/trace.h"

#include <gtest/gtest.h>

#include <map>

#include "support/files.h"
#include "support/json.h"
#include "tests/scratch_dir.h"

namespace ibuild {
namespace {

TEST(Trace, WritesOneCompleteEventPerSpan) {
  const ScratchDir dir;
  Trace trace(Trace::Mode::kOn);
  {
    const TraceSpan outer(trace, "outer");
    const TraceSpan inner(trace, "inner \"quoted\"");
  }
  trace.Write(dir.path() / "out.json");
  const Json written = ParseJson(ReadFile(dir.path() / "out.json"), "out.json");
  const Json& events = written["traceEvents"];
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0]["name"], "inner \"quoted\"");
  EXPECT_EQ(events[1]["ph"], "X");
  EXPECT_GE(events[1]["dur"], events[0]["dur"]);
  EXPECT_LE(events[1]["ts"], events[0]["ts"]);
}

TEST(Trace, WhatOverlapsStandsSideBySide) {
  const ScratchDir dir;
  Trace trace(Trace::Mode::kOn);
  const auto at = [&](int second) { return trace.start() + std::chrono::seconds(second); };
  trace.Record({.name = "second", .state = ActivityState::kCached}, at(1), at(3));
  trace.Record({.name = "third", .numbers = {{"exit_code", 0}}}, at(2), at(4));
  trace.Record({.name = "after the second"}, at(3), at(5));
  trace.Record({.name = "all"}, at(0), at(9));
  trace.Write(dir.path() / "out.json");
  const Json written = ParseJson(ReadFile(dir.path() / "out.json"), "out.json");
  std::map<std::string, int> rows;
  for (const Json& event : written["traceEvents"]) rows[event["name"]] = event["tid"];
  EXPECT_EQ(rows, (std::map<std::string, int>{
                      {"all", 1}, {"second", 2}, {"third", 3}, {"after the second", 2}}));
  EXPECT_EQ(written["traceEvents"][0]["args"]["cached"], true);
  EXPECT_EQ(written["traceEvents"][1]["args"]["exit_code"], 0);
}

TEST(Trace, OffRecordsNothing) {
  const ScratchDir dir;
  Trace trace(Trace::Mode::kOff);
  { const TraceSpan span(trace, "work"); }
  trace.Write(dir.path() / "out.json");
  EXPECT_EQ(ReadFile(dir.path() / "out.json"), R"({"traceEvents":[]})");
}

}  // namespace
}  // namespace ibuild
