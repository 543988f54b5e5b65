// unshare: a program in the user namespace in which the commands themselves work on the store.
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>

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
    const std::filesystem::path root = std::filesystem::absolute(wiring.store().root());
    wiring.BecomeRoot();
    // In there we look like root, whose usual store is another one.
    if (::setenv("IBUILD_ROOT", root.c_str(), 1) != 0) ThrowErrno("set IBUILD_ROOT");
    ::signal(SIGPIPE, SIG_DFL);  // what we ignore would stay ignored in the program
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
