// ibuild explain: why the steps of a build ran, from the store's record of it.
#include <fmt/format.h>

#include "builder/explain/build_log.h"
#include "cli/commands/all.h"
#include "cli/exit_code.h"
#include "cli/render/output.h"
#include "cli/wiring.h"
#include "layers/store/store.h"
#include "support/json.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

class ExplainCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Choice("--format", {"text", "json"}, "How to write it", format_);
  }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    const builder::BuildLog log(wiring.store());
    const builder::BuildEntry entry =
        log.Find(operands.empty() ? std::string_view() : std::string_view(operands[0]));
    const std::vector<builder::RunEntry> ran = log.RunsOf(entry);
    WriteStandardOutput(format_ == "json" ? AsJson(entry, ran) : AsText(entry, ran));
    return kExitOk;
  }

 private:
  static std::string AsText(const builder::BuildEntry& entry,
                            const std::vector<builder::RunEntry>& ran) {
    std::string text = fmt::format("build {} of {}, {}: {} of {} steps from the cache\n", entry.id,
                                   PrintableText(entry.context), FormatRfc3339(entry.started),
                                   entry.cached, entry.steps);
    for (const builder::RunEntry& run : ran) {
      text += fmt::format("{} ({}, {})\n", PrintableText(run.title), run.outcome,
                          FormatTook(run.milliseconds));
      for (const std::string& reason : run.why) text += "  " + PrintableText(reason) + "\n";
    }
    return text;
  }

  static std::string AsJson(const builder::BuildEntry& entry,
                            const std::vector<builder::RunEntry>& ran) {
    Json steps = Json::array();
    for (const builder::RunEntry& run : ran) {
      steps.push_back({{"step", run.step},
                       {"title", run.title},
                       {"outcome", run.outcome},
                       {"why", run.why},
                       {"milliseconds", run.milliseconds}});
    }
    const Json json = {{"build", entry.id},        {"started", FormatRfc3339(entry.started)},
                       {"context", entry.context}, {"outcome", entry.outcome},
                       {"steps", entry.steps},     {"cached", entry.cached},
                       {"ran", std::move(steps)}};
    return DumpJson(json, JsonStyle::kIndented) + "\n";
  }

  std::string format_ = "text";
};

}  // namespace

std::unique_ptr<Command> MakeExplain() { return std::make_unique<ExplainCommand>(); }

}  // namespace ibuild::cli
