#include <fmt/format.h>
#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cmath>
#include <deque>
#include <optional>

#include "cli/containers/commands.h"
#include "cli/containers/container_document.h"
#include "cli/containers/moment.h"
#include "cli/containers/open_engine.h"
#include "cli/exit_code.h"
#include "cli/render/output.h"
#include "cli/wiring.h"
#include "containers/engine/engine.h"
#include "containers/monitor/log_file.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

using containers::Container;
using containers::LogEntry;
using containers::LogReader;
using containers::Stream;

class LogsCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Switch("-f,--follow", "Go on with what comes", follow_);
    options.Switch("-t,--timestamps", "With the time of each line", times_);
    options.Switch("--details", "Accepted: there are none", details_);
    const auto tail = [this](const std::string& text) {
      if (text == "all") return;
      tail_ = ParseUnsigned(text);
      if (!tail_ && !text.starts_with('-')) {
        throw Error(ErrorKind::kUsage, Quote(text) + " is no number of lines");
      }
    };
    options.Custom("-n,--tail", "N", "Only the last N lines", tail);
    options.Custom("--since", "TIME", "Only later lines",
                   [this](const std::string& text) { since_ = ParseMoment(text); });
    options.Custom("--until", "TIME", "Only earlier lines",
                   [this](const std::string& text) { until_ = ParseMoment(text); });
  }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    const containers::Engine engine = OpenEngine(wiring);
    const Container container = engine.containers().Find(operands[0]);
    LogReader reader(container.files.log());
    ShowPast(reader);
    if (follow_) Follow(engine, container, reader);
    return kExitOk;
  }

 private:
  bool IsWanted(const LogEntry& entry) const {
    return entry.time >= since_ && (until_ == 0 || entry.time <= until_);
  }

  void ShowPast(LogReader& reader) const {
    std::deque<LogEntry> kept;
    while (auto entry = reader.Next()) {
      if (!IsWanted(*entry)) continue;
      if (!tail_) {
        Show(*entry);
        continue;
      }
      kept.push_back(std::move(*entry));
      if (kept.size() > *tail_) kept.pop_front();
    }
    for (const LogEntry& entry : kept) Show(entry);
  }

  void Show(const LogEntry& entry) const {
    std::string text = times_ ? FormatTime(entry.time) + " " : std::string();
    text += entry.text;
    if (entry.stream == Stream::kErrors) {
      StandardError()(text);
    } else {
      WriteStandardOutput(text);
    }
  }

  // Woken by the file; whether the container still runs is looked at in between.
  void Follow(const containers::Engine& engine, const Container& container,
              LogReader& reader) const {
    constexpr int kLook = 200;  // ms
    const UniqueFd watch(inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
    inotify_add_watch(watch.get(), container.files.directory().c_str(), IN_MODIFY | IN_MOVED_TO);
    for (;;) {
      // In this order: what was written before the end is there when the end is seen.
      const bool over = !engine.containers().IsMonitored(container.files);
      while (auto entry = reader.Next()) {
        if (IsWanted(*entry)) Show(*entry);
      }
      if (over || (until_ != 0 && containers::NowNanoseconds() > until_)) return;
      pollfd wait{watch.get(), POLLIN, 0};
      poll(&wait, 1, kLook);
      std::array<char, 4096> drained;
      while (read(watch.get(), drained.data(), drained.size()) > 0) {
      }
    }
  }

  bool follow_ = false;
  bool times_ = false;
  bool details_ = false;
  std::optional<std::uint64_t> tail_;
  std::int64_t since_ = 0;
  std::int64_t until_ = 0;
};

}  // namespace

std::unique_ptr<Command> MakeLogs() { return std::make_unique<LogsCommand>(); }

}  // namespace ibuild::cli
