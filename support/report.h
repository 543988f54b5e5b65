// Progress and log lines: the one door through which work speaks to the person watching.
//
// A Reporter is passed to whoever works, never global, and may be called from any thread. What it
// does with the events (plain text, a live terminal, JSON lines, nothing) is decided in
// cli/render. Results do not go through here: they are return values.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace ibuild {

enum class LogLevel { kDebug, kInfo, kWarning };

using ActivityId = std::uint64_t;

enum class ActivityState { kDone, kCached, kCancelled, kFailed };

class Reporter {
 public:
  virtual ~Reporter() = default;
  // A piece of work begins: a build step, a layer transfer. `title` is the line shown.
  virtual ActivityId Begin(std::string_view title) = 0;
  // Bytes done and wanted so far (`total` 0: not known).
  virtual void Advance(ActivityId id, std::uint64_t done, std::uint64_t total) = 0;
  // Output of a step as it comes, any number of bytes, lines possibly cut.
  virtual void Output(ActivityId id, std::string_view bytes) = 0;
  virtual void Note(ActivityId id, std::string_view text) = 0;  // one line of detail
  // A number about the work, for programs ("exit_code"): people read the notes.
  virtual void Measure(ActivityId, std::string_view, std::int64_t) {}
  virtual void End(ActivityId id, ActivityState state, std::string_view detail) = 0;
  virtual void Log(LogLevel level, std::string_view message) = 0;
};

// Begin and End as a lifetime: an Activity that is destroyed without Done() or Cached() ended by
// an exception and is reported as failed.
class Activity {
 public:
  Activity(Reporter& reporter, std::string_view title)
      : reporter_(&reporter), id_(reporter.Begin(title)) {}
  Activity(const Activity&) = delete;
  Activity& operator=(const Activity&) = delete;
  ~Activity() {
    if (!ended_) reporter_->End(id_, ActivityState::kFailed, {});
  }

  void Advance(std::uint64_t done, std::uint64_t total) { reporter_->Advance(id_, done, total); }
  void Output(std::string_view bytes) { reporter_->Output(id_, bytes); }
  void Note(std::string_view text) { reporter_->Note(id_, text); }
  void Measure(std::string_view name, std::int64_t value) { reporter_->Measure(id_, name, value); }
  void Done(std::string_view detail = {}) { End(ActivityState::kDone, detail); }
  void Cached(std::string_view detail = {}) { End(ActivityState::kCached, detail); }
  void Cancelled() { End(ActivityState::kCancelled, {}); }
  void Failed(std::string_view detail) { End(ActivityState::kFailed, detail); }

 private:
  void End(ActivityState state, std::string_view detail) {
    if (!ended_) reporter_->End(id_, state, detail);
    ended_ = true;
  }

  Reporter* reporter_;
  ActivityId id_;
  bool ended_ = false;
};

// Says nothing.
class SilentReporter final : public Reporter {
 public:
  ActivityId Begin(std::string_view) override { return 0; }
  void Advance(ActivityId, std::uint64_t, std::uint64_t) override {}
  void Output(ActivityId, std::string_view) override {}
  void Note(ActivityId, std::string_view) override {}
  void End(ActivityId, ActivityState, std::string_view) override {}
  void Log(LogLevel, std::string_view) override {}
};

}  // namespace ibuild
