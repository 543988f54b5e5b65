// What happens when a step fails and somebody sits at the terminal: `--on-error`.
#pragma once

#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "cli/wiring.h"
#include "sandbox/executor.h"

namespace ibuild::cli {

enum class OnError {
  kEnd,    // the build ends
  kAsk,    // whether to look around, to build again, or to end
  kShell,  // a shell first, then the question
};

// "fail", "ask", "shell". Throws kUsage for another word.
OnError ParseOnError(const std::string& text);

// What is meant: `wanted`, or, when nothing is said, to ask where that can be done. Throws kUsage
// when the wanted question would reach nobody.
OnError ChooseOnError(const std::optional<OnError>& wanted, const Settings& settings);

// Runs steps as the wiring's executor does. One that fails is kept as it is until the user has seen
// enough of it: his shell stands on the files that the step left, with its mounts, secrets,
// environment, user, limits and network; what he changes there is nobody's. Steps that go on beside
// it do so meanwhile; those that fail, too, wait to be asked about.
class AskingExecutor final : public builder::Executor {
 public:
  // On the thread that owns `wiring`: steps run on others.
  AskingExecutor(Wiring& wiring, OnError on_error)
      : wiring_(wiring), inner_(wiring.executor()), on_error_(on_error) {}

  builder::ExecutionResult Run(const builder::SandboxSpec& spec, const builder::ProcessIo& io,
                               std::stop_token stop) override;

  // Whether the build that has failed is to be made again. Forgets the answer.
  bool TakeRetry();

 private:
  enum class Answer { kShell, kRetry, kQuit };

  void Ask(const builder::SandboxSpec& failed, const std::stop_token& stop);
  Answer ReadAnswer(const std::stop_token& stop) const;
  void Enter(const builder::SandboxSpec& failed, const std::stop_token& stop);

  Wiring& wiring_;
  builder::Executor& inner_;
  const OnError on_error_;
  std::mutex mutex_;  // one question at a time
  std::optional<Answer> answer_;
};

}  // namespace ibuild::cli
