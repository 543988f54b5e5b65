// container inspect, top, port, stats, diff: looking at containers.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <optional>
#include <thread>

#include "cli/containers/commands.h"
#include "cli/containers/container_document.h"
#include "cli/containers/each.h"
#include "cli/containers/format.h"
#include "cli/containers/open_engine.h"
#include "cli/exit_code.h"
#include "cli/render/docker_units.h"
#include "cli/render/output.h"
#include "cli/render/table.h"
#include "cli/wiring.h"
#include "containers/engine/changes.h"
#include "containers/engine/engine.h"
#include "containers/engine/processes.h"
#include "containers/engine/usage.h"
#include "layers/store/tree_size.h"
#include "support/environment.h"
#include "support/error.h"
#include "support/json.h"
#include "support/process.h"
#include "support/text.h"
#include "support/words.h"

namespace ibuild::cli {
namespace {

using containers::Container;
using containers::Engine;

class ContainerInspectCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Value("-f,--format", "FORMAT", "json, or a Go template for each container", format_);
    options.Switch("-s,--size", "Show the size of its own files", size_);
  }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    const Engine engine = OpenEngine(wiring);
    InspectOutput output(format_);
    const int code = ForEach(wiring, operands, [&](const std::string& name) {
      const Container container = engine.containers().Find(name);
      OrderedJson document = DescribeContainer(engine, container);
      if (size_) AddSizes(engine, container, &document);
      output.Add(std::move(document));
    });
    WriteStandardOutput(output.Render());
    return code;
  }

 private:
  std::string format_;
  bool size_ = false;
};

// "23.54GiB": four digits, as Docker shows memory.
std::string BinarySize(std::uint64_t bytes) {
  constexpr std::array kUnits = {"B", "KiB", "MiB", "GiB", "TiB"};
  double value = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; value >= 1024 && unit + 1 < kUnits.size(); ++unit) value /= 1024;
  return fmt::format("{:.4g}{}", value, kUnits.at(unit));
}

void CheckRuns(const Container& container) {
  if (containers::IsAlive(container.state.status)) return;
  throw Error(ErrorKind::kInvalidInput,
              fmt::format("container {} is not running", container.config.id))
      .WithHint(fmt::format("`ibuild start {}` starts it", container.config.name));
}

// As ps(1) shows them; with options it is the machine's that is asked.
class TopCommand final : public Command {
 public:
  void Declare(OptionSet&) override {}

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    const Engine engine = OpenEngine(wiring);
    const Container container = engine.containers().Find(operands[0]);
    CheckRuns(container);
    const std::vector<std::int64_t> pids = containers::ProcessesOf(container);
    const std::vector<std::string> options(operands.begin() + 1, operands.end());
    WriteStandardOutput(options.empty() ? Describe(pids) : AskPs(options, pids));
    return kExitOk;
  }

 private:
  static ProcessResult RunPs(std::vector<std::string> argv) {
    argv.insert(argv.begin(), "ps");
    const std::string path = GetEnvironment("PATH").value_or("");
    return RunProcess({.argv = argv, .environment = {"PATH=" + path}});
  }

  // The lines of ps(1) about these processes, which its column PID tells.
  static std::string AskPs(const std::vector<std::string>& options,
                           const std::vector<std::int64_t>& pids) {
    // Without -q it leaves out what is on another terminal. Not every ps has it, and not every
    // option goes with it.
    std::vector<std::string> argv = options;
    argv.push_back(fmt::format("-q{}", fmt::join(pids, ",")));
    ProcessResult result = RunPs(std::move(argv));
    if (!result.status.Success()) result = RunPs(options);
    if (!result.status.Success()) {
      throw Error(ErrorKind::kUsage, fmt::format("ps: {}", Trim(result.errors)))
          .WithHint("the options are those of ps(1) on this machine");
    }
    const auto lines = Split(result.output, '\n');
    const auto heading = Words(lines.front());
    const auto column = std::find(heading.begin(), heading.end(), "PID") - heading.begin();
    if (column == static_cast<std::ptrdiff_t>(heading.size())) {
      throw Error(ErrorKind::kUsage, "Couldn't find PID field in ps output")
          .WithHint("let the options show it, as `-o pid,comm` does");
    }
    std::string text = std::string(lines.front()) + "\n";
    for (std::size_t i = 1; i < lines.size(); ++i) {
      const auto words = Words(lines[i]);
      if (words.size() <= static_cast<std::size_t>(column)) continue;
      const auto pid = ParseUnsigned(words[static_cast<std::size_t>(column)]);
      if (pid &&
          std::find(pids.begin(), pids.end(), static_cast<std::int64_t>(*pid)) != pids.end()) {
        text += std::string(lines[i]) + "\n";
      }
    }
    return text;
  }

  static std::string Describe(const std::vector<std::int64_t>& pids) {
    Table table({"UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"}, kDockerSpacing);
    for (const std::int64_t pid : pids) {
      const auto process = containers::DescribeProcess(pid);
      if (!process) continue;
      table.Add({process->user, std::to_string(pid), std::to_string(process->parent), "0",
                 process->start, process->terminal, process->time, process->command});
    }
    return table.Render();
  }
};

class PortCommand final : public Command {
 public:
  void Declare(OptionSet&) override {}

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    const Engine engine = OpenEngine(wiring);
    const Container container = engine.containers().Find(operands[0]);
    const std::string wanted = operands.size() > 1
                                   ? containers::ExposedName(containers::ParseExposed(operands[1]))
                                   : std::string();
    std::string text;
    for (const auto& port : container.state.ports) {
      const std::string name = containers::ExposedName(port);
      if (!wanted.empty() && name != wanted) continue;
      const std::string place = containers::HostPlace(port);
      text += wanted.empty() ? fmt::format("{} -> {}\n", name, place) : place + "\n";
    }
    if (!wanted.empty() && text.empty()) {
      throw Error(ErrorKind::kNotFound,
                  fmt::format("No public port '{}' published for {}", operands[1], operands[0]));
    }
    WriteStandardOutput(text);
    return kExitOk;
  }
};

class StatsCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Switch("-a,--all", "Also those that do not run", all_);
    options.Switch("--no-stream", "Once, not again and again", once_);
    options.Switch("--no-trunc", "Ids in full", full_);
    options.Value("--format", "FORMAT", "table, json, or a Go template for each", format_);
  }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    const Engine engine = OpenEngine(wiring);
    for (const std::string& name : operands) engine.containers().Find(name);
    const bool live = !once_ && isatty(STDOUT_FILENO) == 1;
    do {
      std::string text = Measure(engine, operands);
      if (live) text = "\x1b[2J\x1b[H" + text;
      WriteStandardOutput(text);
    } while (!once_);
    return kExitOk;
  }

 private:
  std::vector<Container> Choose(const Engine& engine,
                                const std::vector<std::string>& operands) const {
    std::vector<Container> chosen;
    for (const std::string& name : operands) chosen.push_back(engine.containers().Find(name));
    if (!operands.empty()) return chosen;
    for (Container& container : engine.containers().List()) {
      if (all_ || containers::IsAlive(container.state.status)) {
        chosen.push_back(std::move(container));
      }
    }
    return chosen;
  }

  std::string Measure(const Engine& engine, const std::vector<std::string>& operands) const {
    constexpr std::chrono::milliseconds kSpan{500};  // over which the processor's time is taken
    const std::vector<Container> chosen = Choose(engine, operands);
    std::vector<containers::Usage> before;
    for (const Container& container : chosen) before.push_back(containers::MeasureUsage(container));
    std::this_thread::sleep_for(kSpan);
    std::vector<OrderedJson> rows;
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      rows.push_back(Row(chosen[i], before[i], containers::MeasureUsage(chosen[i])));
    }
    return FormatRows(format_,
                      {{"ID", "CONTAINER ID"},
                       {"Name", "NAME"},
                       {"CPUPerc", "CPU %"},
                       {"MemUsage", "MEM USAGE / LIMIT"},
                       {"MemPerc", "MEM %"},
                       {"NetIO", "NET I/O"},
                       {"BlockIO", "BLOCK I/O"},
                       {"PIDs", "PIDS"}},
                      rows);
  }

  OrderedJson Row(const Container& container, const containers::Usage& before,
                  const containers::Usage& after) const {
    const double seconds = static_cast<double>(after.time - before.time) / 1e9;
    const double processor = static_cast<double>(after.processor - before.processor) / 1e9;
    OrderedJson row;
    row["ID"] = full_ ? container.config.id : container.config.ShortId();
    row["Container"] = row["ID"];
    row["Name"] = container.config.name;
    row["CPUPerc"] = fmt::format("{:.2f}%", seconds > 0 ? processor / seconds * 100 : 0.0);
    row["MemUsage"] =
        fmt::format("{} / {}", BinarySize(after.memory), BinarySize(after.memory_limit));
    row["MemPerc"] = fmt::format("{:.2f}%", after.memory_limit == 0
                                                ? 0.0
                                                : 100.0 * static_cast<double>(after.memory) /
                                                      static_cast<double>(after.memory_limit));
    row["NetIO"] = fmt::format("{} / {}", DockerSize(after.received), DockerSize(after.sent));
    row["BlockIO"] = fmt::format("{} / {}", DockerSize(after.read), DockerSize(after.written));
    row["PIDs"] = std::to_string(after.processes);
    return row;
  }

  bool all_ = false;
  bool once_ = false;
  bool full_ = false;
  std::string format_;
};

class DiffCommand final : public Command {
 public:
  void Declare(OptionSet&) override {}

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    const Engine engine = OpenEngine(wiring);
    const Container container = engine.containers().Find(operands[0]);
    { const FileLock entered = engine.EnterUserNamespace(); }
    std::string text;
    for (const containers::FileChange& change :
         containers::FindChanges(engine.store(), container)) {
      text += fmt::format("{} {}\n", change.kind, change.path);
    }
    WriteStandardOutput(text);
    return kExitOk;
  }
};

}  // namespace

std::unique_ptr<Command> MakeContainerInspect() {
  return std::make_unique<ContainerInspectCommand>();
}
std::unique_ptr<Command> MakeTop() { return std::make_unique<TopCommand>(); }
std::unique_ptr<Command> MakePort() { return std::make_unique<PortCommand>(); }
std::unique_ptr<Command> MakeStats() { return std::make_unique<StatsCommand>(); }
std::unique_ptr<Command> MakeContainerDiff() { return std::make_unique<DiffCommand>(); }

}  // namespace ibuild::cli
