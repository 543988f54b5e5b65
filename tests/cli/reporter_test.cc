#include <gtest/gtest.h>

#include "cli/render/json_reporter.h"
#include "cli/render/plain_reporter.h"
#include "cli/render/quiet_reporter.h"
#include "cli/render/tty_reporter.h"

namespace ibuild::cli {
namespace {

using std::chrono::milliseconds;

// Takes what a reporter writes; time stands still unless a test moves it.
class ReporterTest : public testing::Test {
 protected:
  TextOutput Take() {
    return [this](std::string_view text) { written_ += text; };
  }
  std::function<std::chrono::steady_clock::time_point()> TestTime() {
    return [this] { return now_; };
  }

  std::string written_;
  std::chrono::steady_clock::time_point now_;
};

class PlainReporterTest : public ReporterTest {
 protected:
  PlainReporter reporter_{Take(), Palette(false), LogLevel::kInfo, TestTime()};
};

TEST_F(PlainReporterTest, TellsAStepAsBuildKitDoes) {
  {
    Activity from(reporter_, "[1/2] FROM debian:12");
    from.Cached();
  }
  Activity run(reporter_, "[2/2] RUN echo hi");
  now_ += milliseconds(60);
  run.Output("hi\n");
  now_ += milliseconds(140);
  run.Done();
  EXPECT_EQ(written_,
            "#1 [1/2] FROM debian:12\n#1 CACHED\n"
            "\n#2 [2/2] RUN echo hi\n#2 0.060 hi\n#2 DONE 0.2s\n");
}

TEST_F(PlainReporterTest, ReannouncesWhatWasInterrupted) {
  Activity first(reporter_, "first");
  Activity second(reporter_, "second");
  first.Output("a\n");
  second.Output("b\n");
  first.Output("c\n");
  second.Done();
  first.Done();
  EXPECT_EQ(written_,
            "#1 first\n#1 0.000 a\n"
            "#1 ...\n\n#2 second\n#2 0.000 b\n"
            "#2 ...\n\n#1 first\n#1 0.000 c\n"
            "#1 ...\n\n#2 second\n#2 DONE 0.0s\n"
            "\n#1 first\n#1 DONE 0.0s\n");
}

TEST_F(PlainReporterTest, JoinsLinesThatCameInPieces) {
  Activity run(reporter_, "run");
  run.Output("ab");
  run.Output("c\nlast");
  run.Done();
  EXPECT_EQ(written_, "#1 run\n#1 0.000 abc\n#1 0.000 last\n#1 DONE 0.0s\n");
}

TEST_F(PlainReporterTest, DisarmsWhatStepsWrite) {
  Activity run(reporter_, "run");
  run.Output("\x1b[2J\n");
  run.Done();
  EXPECT_EQ(written_.find('\x1b'), std::string::npos);
}

TEST_F(PlainReporterTest, AnActivityThatIsLeftByAnErrorFailed) {
  { Activity run(reporter_, "run"); }
  EXPECT_EQ(written_, "#1 run\n#1 FAILED 0.0s\n");
}

TEST_F(PlainReporterTest, LogsFromItsLevelUp) {
  reporter_.Log(LogLevel::kDebug, "details");
  reporter_.Log(LogLevel::kInfo, "news");
  reporter_.Log(LogLevel::kWarning, "trouble");
  EXPECT_EQ(written_, "news\nwarning: trouble\n");
}

TEST_F(PlainReporterTest, SumsUpWhatWasMoved) {
  Activity pull(reporter_, "layer");
  pull.Advance(1 << 20, 2 << 20);
  now_ += milliseconds(500);
  pull.Done();
  EXPECT_EQ(written_, "#1 layer\n#1 2.0 MiB in 0.5s\n#1 DONE 0.5s\n");
}

TEST_F(ReporterTest, JsonIsOneObjectALine) {
  JsonReporter reporter(Take(), [] { return UnixTime{0, 0}; });
  {
    Activity run(reporter, "run \"x\"");
    run.Advance(1, 2);
    run.Output("a\xff\n");
    run.Note("note");
    run.Done("fine");
  }
  reporter.Log(LogLevel::kWarning, "careful");
  EXPECT_EQ(written_,
            R"({"event":"begin","id":1,"title":"run \"x\"","time":"1970-01-01T00:00:00Z"})"
            "\n"
            R"({"event":"progress","id":1,"done":1,"total":2})"
            "\n"
            "{\"event\":\"output\",\"id\":1,\"text\":\"a\xef\xbf\xbd\\n\"}\n"
            R"({"event":"note","id":1,"text":"note"})"
            "\n"
            R"({"event":"end","id":1,"state":"done","detail":"fine","time":"1970-01-01T00:00:00Z"})"
            "\n"
            R"({"event":"log","level":"warning","text":"careful"})"
            "\n");
}

TEST_F(ReporterTest, QuietShowsTheEndOfAFailedStep) {
  QuietReporter reporter(Take(), Palette(false));
  {
    Activity good(reporter, "good");
    good.Output("never shown\n");
    good.Done();
    Activity bad(reporter, "[2/2] RUN false");
    for (int i = 1; i <= 12; ++i) bad.Output("line " + std::to_string(i) + "\n");
  }
  EXPECT_EQ(written_,
            "------\n > [2/2] RUN false:\nline 3\nline 4\nline 5\nline 6\nline 7\nline 8\nline 9\n"
            "line 10\nline 11\nline 12\n------\n");
}

TEST_F(ReporterTest, TheTerminalShowsWhatRunsBelowWhatHasEnded) {
  TtyReporter reporter(
      Take(), Palette(false), LogLevel::kInfo,
      [] {
        return TerminalSize{40, 10};
      },
      TestTime());
  Activity first(reporter, "first");
  Activity second(reporter, "second");
  written_.clear();
  now_ += milliseconds(1500);
  first.Done();
  EXPECT_EQ(written_, "\x1b[2A\r\x1b[J first 1.5s\n => second 1.5s\n");
  written_.clear();
  second.Cached();
  EXPECT_EQ(written_, "\x1b[1A\r\x1b[J CACHED second\n");
}

TEST_F(ReporterTest, TheLiveBlockNeverOutgrowsTheScreen) {
  TtyReporter reporter(
      Take(), Palette(false), LogLevel::kInfo,
      [] {
        return TerminalSize{20, 4};
      },
      TestTime());
  Activity run(reporter, std::string(50, 'x'));
  now_ += milliseconds(100);
  written_.clear();
  run.Output("1\n2\n3\n4\n5\n6\n");
  const std::string frame = written_.substr(written_.find('J') + 1);
  EXPECT_EQ(std::count(frame.begin(), frame.end(), '\n'), 2);
  EXPECT_LE(frame.find('\n'), 20u);
  run.Done();
}

TEST_F(ReporterTest, TheTerminalIsLeftAloneWhileItIsHeld) {
  TtyReporter reporter(
      Take(), Palette(false), LogLevel::kInfo,
      [] {
        return TerminalSize{80, 24};
      },
      TestTime());
  Activity run(reporter, "run");
  Activity other(reporter, "other");
  written_.clear();
  reporter.Hold();
  EXPECT_EQ(written_, "\x1b[2A\r\x1b[J");
  written_.clear();
  other.Output("text\n");
  other.Done();
  reporter.Log(LogLevel::kWarning, "look");
  reporter.Redraw();
  EXPECT_EQ(written_, "");
  reporter.Release();
  EXPECT_EQ(written_, " other 0.0s\nwarning: look\n => run 0.0s\n");
  run.Done();
}

}  // namespace
}  // namespace ibuild::cli
