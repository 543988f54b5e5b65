// stop, restart, kill, rm, pause, unpause, wait, rename: what is done to containers that are there.
#include <fmt/format.h>

#include <chrono>
#include <csignal>
#include <optional>

#include "cli/containers/commands.h"
#include "cli/containers/each.h"
#include "cli/containers/open_engine.h"
#include "cli/exit_code.h"
#include "cli/render/output.h"
#include "cli/wiring.h"
#include "containers/engine/engine.h"
#include "containers/model/names.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

using containers::Container;
using containers::Engine;

using Patience = std::optional<std::chrono::seconds>;

void DeclarePatience(OptionSet& options, Patience& patience) {
  const auto take = [&patience](const std::string& text) {
    const auto seconds = ParseUnsigned(text);
    if (!seconds && text != "-1") {
      throw Error(ErrorKind::kUsage, Quote(text) + " is no number of seconds");
    }
    patience = std::chrono::seconds(seconds ? static_cast<std::int64_t>(*seconds) : -1);
  };
  options.Custom("-t,--timeout", "SECONDS", "How long it may take to end by itself", take);
  options.Custom("--time", "SECONDS", "The same", take);
}

// What most of them are: something for each container, whose name is printed then.
class EachContainer : public Command {
 public:
  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    const Engine engine = OpenEngine(wiring);
    Prepare(wiring, engine);
    return ForEach(wiring, operands, [&](const std::string& name) {
      Container container = engine.containers().Find(name);
      WriteStandardOutput(Act(engine, container).value_or(name) + "\n");
    });
  }

 protected:
  virtual void Prepare(Wiring&, const Engine&) {}
  // What is to be printed instead of the name.
  virtual std::optional<std::string> Act(const Engine& engine, Container& container) = 0;
};

class StopCommand final : public EachContainer {
 public:
  void Declare(OptionSet& options) override {
    DeclarePatience(options, patience_);
    options.Value("-s,--signal", "SIGNAL", "Instead of its stop signal", signal_);
  }

 private:
  std::optional<std::string> Act(const Engine& engine, Container& container) override {
    if (signal_) container.config.process.stop_signal = *signal_;
    engine.Stop(&container, patience_);
    return std::nullopt;
  }

  Patience patience_;
  std::optional<std::string> signal_;
};

class RestartCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    DeclarePatience(options, patience_);
    options.Value("-s,--signal", "SIGNAL", "Instead of its stop signal", signal_);
  }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    const Engine engine = OpenEngine(wiring);
    const FileLock entered = engine.EnterUserNamespace();
    return ForEach(wiring, operands, [&](const std::string& name) {
      Container container = engine.containers().Find(name);
      if (signal_) container.config.process.stop_signal = *signal_;
      engine.Stop(&container, patience_);
      container = engine.containers().Reload(container.config.id);
      engine.Start(&container, UniqueFd());
      engine.containers().Note(container, "restart");
      WriteStandardOutput(name + "\n");
    });
  }

 private:
  Patience patience_;
  std::optional<std::string> signal_;
};

class KillCommand final : public EachContainer {
 public:
  void Declare(OptionSet& options) override {
    options.Custom("-s,--signal", "SIGNAL", "Which signal (KILL)",
                   [this](const std::string& text) { signal_ = containers::ParseSignal(text); });
  }

 private:
  std::optional<std::string> Act(const Engine& engine, Container& container) override {
    if (signal_ == SIGKILL || signal_ == SIGTERM) {
      engine.containers().Change(
          &container, [](containers::ContainerState& state) { state.stop_asked = true; });
    }
    engine.Kill(container, signal_);
    if (signal_ == SIGKILL) engine.Wait(container.config.id);
    return std::nullopt;
  }

  int signal_ = SIGKILL;
};

class RmCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Switch("-f,--force", "Kill it if it runs; one that is not there is fine", force_);
    options.Switch("-v,--volumes", "And the volumes that were made for it alone", volumes_);
    options.Switch("-a,--all", "All containers", all_);
  }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    const Engine engine = OpenEngine(wiring);
    { const FileLock entered = engine.EnterUserNamespace(); }  // files of other owners go
    std::vector<std::string> names = operands;
    if (names.empty() && !all_) {
      throw Error(ErrorKind::kUsage,
                  "an argument is missing: CONTAINER (`rm` requires at least 1 argument)");
    }
    if (all_) {
      for (const Container& container : engine.containers().List()) {
        names.push_back(container.config.id);
      }
    }
    return ForEach(wiring, names, [&](const std::string& name) {
      const auto container =
          force_ ? engine.containers().LookUp(name) : engine.containers().Find(name);
      if (!container) {
        StandardError()(fmt::format("Error: No such container: {}\n", PrintableText(name)));
        return;
      }
      engine.Remove(*container, force_, volumes_);
      WriteStandardOutput(name + "\n");
    });
  }

 private:
  bool force_ = false;
  bool volumes_ = false;
  bool all_ = false;
};

class PauseCommand final : public EachContainer {
 public:
  void Declare(OptionSet&) override {}

 private:
  std::optional<std::string> Act(const Engine& engine, Container& container) override {
    engine.Pause(&container);
    return std::nullopt;
  }
};

class UnpauseCommand final : public EachContainer {
 public:
  void Declare(OptionSet&) override {}

 private:
  std::optional<std::string> Act(const Engine& engine, Container& container) override {
    engine.Unpause(&container);
    return std::nullopt;
  }
};

class WaitCommand final : public EachContainer {
 public:
  void Declare(OptionSet&) override {}

 private:
  std::optional<std::string> Act(const Engine& engine, Container& container) override {
    return std::to_string(engine.Wait(container.config.id));
  }
};

class RenameCommand final : public Command {
 public:
  void Declare(OptionSet&) override {}

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    const Engine engine = OpenEngine(wiring);
    Container container = engine.containers().Find(operands[0]);
    engine.containers().Rename(&container, containers::CheckName(operands[1], "container"));
    return kExitOk;
  }
};

}  // namespace

std::unique_ptr<Command> MakeStop() { return std::make_unique<StopCommand>(); }
std::unique_ptr<Command> MakeRestart() { return std::make_unique<RestartCommand>(); }
std::unique_ptr<Command> MakeKill() { return std::make_unique<KillCommand>(); }
std::unique_ptr<Command> MakeRm() { return std::make_unique<RmCommand>(); }
std::unique_ptr<Command> MakePause() { return std::make_unique<PauseCommand>(); }
std::unique_ptr<Command> MakeUnpause() { return std::make_unique<UnpauseCommand>(); }
std::unique_ptr<Command> MakeWait() { return std::make_unique<WaitCommand>(); }
std::unique_ptr<Command> MakeRename() { return std::make_unique<RenameCommand>(); }

}  // namespace ibuild::cli
