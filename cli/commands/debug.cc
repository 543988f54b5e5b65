#include <fmt/format.h>
#include <unistd.h>

#include "cli/commands/all.h"
#include "cli/exit_code.h"
#include "cli/render/output.h"
#include "parser/syntax/dump.h"
#include "parser/syntax/parse.h"
#include "support/error.h"
#include "support/files.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

std::string Dump(const std::string& what, const parser::Dockerfile& dockerfile) {
  if (what == "ast") return parser::DumpAst(dockerfile);
  if (what == "stages") return parser::DumpStages(dockerfile);
  if (what == "args") return parser::DumpArgs(dockerfile);
  throw Error(ErrorKind::kUsage, fmt::format("{} cannot be shown", Quote(what)))
      .WithHint("`ast`, `stages` and `args` can");
}

class DebugCommand final : public Command {
 public:
  void Declare(OptionSet&) override {}

  int Run(Wiring&, const std::vector<std::string>& operands) override {
    const std::string file = operands.size() > 1 ? operands[1] : "Dockerfile";
    const SourceText source(file, file == "-" ? ReadAll(STDIN_FILENO) : ReadFile(file));
    const parser::ParseResult result = parser::ParseDockerfile(source);
    WriteStandardOutput(Dump(operands[0], result.dockerfile));
    parser::ThrowIfErrors(result, source);
    return kExitOk;
  }
};

}  // namespace

std::unique_ptr<Command> MakeDebug() { return std::make_unique<DebugCommand>(); }

}  // namespace ibuild::cli
