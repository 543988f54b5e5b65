#include "support/clock.h"

#include <gtest/gtest.h>

namespace ibuild {
namespace {

struct InstantCase {
  UnixTime time;
  const char* text;
};
const InstantCase kInstants[] = {
    {{0, 0}, "1970-01-01T00:00:00Z"},
    {{1795408923, 114064435}, "2026-11-23T04:42:03.114064435Z"},
    {{1795408923, 500000000}, "2026-11-23T04:42:03.5Z"},
    {{951782400, 0}, "2000-02-29T00:00:00Z"},
    {{-1, 0}, "1969-12-31T23:59:59Z"},
    {{-62135596800, 0}, "0001-01-01T00:00:00Z"},
};

TEST(Clock, FormatsAndParsesAsInverses) {
  for (const InstantCase& instant : kInstants) {
    EXPECT_EQ(FormatRfc3339(instant.time), instant.text);
    EXPECT_EQ(ParseRfc3339(instant.text), instant.time) << instant.text;
  }
}

TEST(Clock, ParsesZonesAndLongFractions) {
  EXPECT_EQ(ParseRfc3339("1970-01-01T01:00:00+01:00"), (UnixTime{0, 0}));
  EXPECT_EQ(ParseRfc3339("1969-12-31T22:30:00.25-01:30"), (UnixTime{0, 250000000}));
  EXPECT_EQ(ParseRfc3339("1970-01-01T00:00:00.1234567891Z"), (UnixTime{0, 123456789}));
}

TEST(Clock, RefusesWhatIsNoTime) {
  for (const char* text : {"", "1970", "1970-01-01", "1970-01-01 00:00:00Z", "1970-13-01T00:00:00Z",
                           "1970-02-29T00:00:00Z", "1970-01-01T24:00:00Z", "1970-01-01T00:00:00",
                           "1970-01-01T00:00:00.Z", "1970-01-01T00:00:00Zx",
                           "1970-01-01T00:00:00+1:00", "+970-01-01T00:00:00Z"}) {
    EXPECT_EQ(ParseRfc3339(text), std::nullopt) << text;
  }
}

TEST(Clock, ParsesHttpDates) {
  EXPECT_EQ(ParseHttpDate("Mon, 23 Nov 2026 04:42:03 GMT"), (UnixTime{1795408923, 0}));
  for (const char* text : {"", "Mon, 23 Nov 2026 04:42:03", "Mon, 23 Now 2026 04:42:03 GMT",
                           "Monday, 23-Nov-26 04:42:03 GMT", "Mon, 23 Nov 2026 04:42:03 CET"}) {
    EXPECT_EQ(ParseHttpDate(text), std::nullopt) << text;
  }
}

TEST(Clock, NowIsAfterThisWasWritten) { EXPECT_GT(Now(), (UnixTime{1700000000, 0})); }

}  // namespace
}  // namespace ibuild
