#include "cli/help.h"

#include <fmt/format.h>

#include "cli/commands/all.h"
#include "cli/exit_code.h"
#include "cli/global_options.h"
#include "cli/render/output.h"
#include "cli/tools/compatibility.h"
#include "cli/wiring.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

std::string Compatibility(const std::vector<std::string>& operands) {
  return CompatibilityText(ToolCalled(operands.size() > 1 ? operands[1] : "docker"));
}

class HelpCommand final : public Command {
 public:
  void Declare(OptionSet&) override {}

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    if (operands.empty()) {
      WriteStandardOutput(ProgramHelp());
      return kExitOk;
    }
    if (operands[0] == "compatibility") {
      WriteStandardOutput(Compatibility(operands));
      return kExitOk;
    }
    const Tool& tool = ToolOf(wiring.settings().tool);
    const CommandEntry* const entry = FindVerb(tool, operands).command;
    const WordGroup group = FindGroup(tool, operands);
    if (entry == nullptr && group.length == operands.size()) {
      WriteStandardOutput(GroupHelp(tool, group));
      return kExitOk;
    }
    if (entry == nullptr) {
      RefuseAbsent(tool, operands);
      throw Error(ErrorKind::kUsage,
                  fmt::format("there is no command {}", Quote(Join(operands, " "))))
          .WithHint(fmt::format("`{} help` lists the commands", tool.name));
    }
    const std::unique_ptr<Command> command = entry->make();
    OptionSet options;
    command->Declare(options);
    DeclareGlobalOptions(options, wiring.settings());
    WriteStandardOutput(CommandHelp(*entry, options));
    return kExitOk;
  }
};

}  // namespace

std::unique_ptr<Command> MakeHelp() { return std::make_unique<HelpCommand>(); }

}  // namespace ibuild::cli
