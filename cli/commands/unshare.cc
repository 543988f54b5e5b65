// unshare: a program in the user namespace in which the commands themselves work on the store.
#include <unistd.h>

#include "cli/commands/all.h"
#include "cli/wiring.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

class UnshareCommand final : public Command {
 public:
  void Declare(OptionSet&) override {}

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    wiring.BecomeRoot();
    std::vector<std::string> command = operands;
    std::vector<char*> argv;
    for (std::string& word : command) argv.push_back(word.data());
    argv.push_back(nullptr);
    ::execvp(argv[0], argv.data());
    ThrowErrno("run " + Quote(command[0]));
  }
};

}  // namespace

std::unique_ptr<Command> MakeUnshare() { return std::make_unique<UnshareCommand>(); }

}  // namespace ibuild::cli
