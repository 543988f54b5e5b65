// Words that mean one thing of a container and another of images, as in the tools that they come
// from; the number of operands tells which.
#include "cli/commands/remote.h"
#include "cli/containers/commands.h"

namespace ibuild::cli {
namespace {

// `of_one` with a single operand, `of_several` with more.
class TwoMeanings final : public Command {
 public:
  TwoMeanings(std::unique_ptr<Command> of_one, std::unique_ptr<Command> of_several)
      : of_one_(std::move(of_one)), of_several_(std::move(of_several)) {}

  void Declare(OptionSet& options) override {
    of_one_->Declare(options);
    of_several_->Declare(options);
  }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    return (operands.size() == 1 ? of_one_ : of_several_)->Run(wiring, operands);
  }

 private:
  std::unique_ptr<Command> of_one_;
  std::unique_ptr<Command> of_several_;
};

}  // namespace

std::unique_ptr<Command> MakeAttach() {
  return std::make_unique<TwoMeanings>(MakeContainerAttach(), MakeArtifactAttach());
}

std::unique_ptr<Command> MakeDiff() {
  return std::make_unique<TwoMeanings>(MakeContainerDiff(), MakeImageDiff());
}

}  // namespace ibuild::cli
