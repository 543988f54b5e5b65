// ibuild builds: what the store remembers of builds; `builds logs` what their steps wrote.
#include <fmt/format.h>

#include "builder/explain/build_log.h"
#include "cli/commands/all.h"
#include "cli/exit_code.h"
#include "cli/render/age.h"
#include "cli/render/output.h"
#include "cli/render/table.h"
#include "cli/wiring.h"
#include "layers/store/store.h"
#include "support/error.h"
#include "support/files.h"
#include "support/json.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

std::string ListAsText(const std::vector<builder::BuildEntry>& entries) {
  const UnixTime now = Now();
  Table table({"BUILD", "STARTED", "TOOK", "STEPS", "CACHED", "OUTCOME", "CONTEXT"});
  for (const builder::BuildEntry& entry : entries) {
    table.Add({entry.id, FormatAge(entry.started, now), FormatTook(entry.milliseconds),
               std::to_string(entry.steps), std::to_string(entry.cached), entry.outcome,
               PrintableText(entry.context)});
  }
  return table.Render();
}

std::string ListAsJson(const std::vector<builder::BuildEntry>& entries) {
  std::string lines;
  for (const builder::BuildEntry& entry : entries) {
    lines += DumpJson(Json{{"build", entry.id},
                           {"started", FormatRfc3339(entry.started)},
                           {"milliseconds", entry.milliseconds},
                           {"steps", entry.steps},
                           {"cached", entry.cached},
                           {"outcome", entry.outcome},
                           {"context", entry.context},
                           {"dockerfile", entry.dockerfile},
                           {"target", entry.target}}) +
             "\n";
  }
  return lines;
}

std::size_t ParseStep(const std::string& text) {
  const auto step = ParseUnsigned(text);
  if (!step) throw Error(ErrorKind::kUsage, fmt::format("{} is no number of a step", Quote(text)));
  return static_cast<std::size_t>(*step);
}

class BuildsCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Choice("--format", {"text", "json"}, "How to write the list", format_);
  }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    const builder::BuildLog log(wiring.store());
    if (operands.empty()) {
      const auto entries = log.List();
      WriteStandardOutput(format_ == "json" ? ListAsJson(entries) : ListAsText(entries));
      return kExitOk;
    }
    if (operands[0] != "logs") {
      throw Error(ErrorKind::kUsage, fmt::format("there is no `builds {}`", operands[0]))
          .WithHint("`ibuild builds` lists, `ibuild builds logs [BUILD] [STEP]` shows output");
    }
    const builder::BuildEntry entry =
        log.Find(operands.size() > 1 ? std::string_view(operands[1]) : std::string_view());
    std::optional<std::size_t> step;
    if (operands.size() > 2) step = ParseStep(operands[2]);
    WriteStandardOutput(Output(log, entry, step));
    return kExitOk;
  }

 private:
  static std::string Output(const builder::BuildLog& log, const builder::BuildEntry& entry,
                            std::optional<std::size_t> step) {
    std::string text;
    for (const builder::RunEntry& run : log.RunsOf(entry)) {
      if (step && run.step != *step) continue;
      if (!step) {
        text += fmt::format("#{} {} ({}, {})\n", run.step, PrintableText(run.title), run.outcome,
                            FormatTook(run.milliseconds));
      }
      text += ReadFileIfExists(log.OutputFile(entry.id, run.step)).value_or("");
      if (!text.empty() && text.back() != '\n') text += '\n';
    }
    return text;
  }

  std::string format_ = "text";
};

}  // namespace

std::unique_ptr<Command> MakeBuilds() { return std::make_unique<BuildsCommand>(); }

}  // namespace ibuild::cli
