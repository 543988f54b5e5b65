#include "support/trace.h"

#include <gtest/gtest.h>

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

TEST(Trace, OffRecordsNothing) {
  const ScratchDir dir;
  Trace trace(Trace::Mode::kOff);
  { const TraceSpan span(trace, "work"); }
  trace.Write(dir.path() / "out.json");
  EXPECT_EQ(ReadFile(dir.path() / "out.json"), R"({"traceEvents":[]})");
}

}  // namespace
}  // namespace ibuild
