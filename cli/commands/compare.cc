// ibuild compare: what sets two builds apart that the store remembers, in the sentences of
// --explain.
#include <fmt/format.h>

#include <functional>
#include <map>
#include <optional>
#include <set>

#include "builder/explain/build_log.h"
#include "builder/explain/explain.h"
#include "builder/explain/journal.h"
#include "cli/commands/all.h"
#include "cli/exit_code.h"
#include "cli/render/output.h"
#include "cli/wiring.h"
#include "layers/store/store.h"
#include "support/error.h"
#include "support/json.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

struct Side {
  builder::BuildEntry entry;
  builder::BuildFacts facts;
  std::map<std::string, std::uint64_t> ran;  // milliseconds, by title
};

struct Disagreement {
  std::string title;
  std::vector<std::string> why;  // empty: only the first build has the step
};

Side ReadSide(const builder::BuildLog& log, const std::string& id) {
  Side side{.entry = log.Find(id), .facts = {}, .ran = {}};
  auto facts = log.FactsOf(side.entry);
  if (!facts) {
    throw Error(ErrorKind::kNotFound,
                fmt::format("build {}: what it was made of is not known", side.entry.id))
        .WithHint("it ended before its first step, or its record was too old to be kept");
  }
  side.facts = *std::move(facts);
  for (const builder::RunEntry& run : log.RunsOf(side.entry)) {
    side.ran[run.title] += run.milliseconds;
  }
  return side;
}

std::set<std::string> KeysOf(const builder::BuildFacts& facts) {
  std::set<std::string> keys;
  for (const builder::StepFacts& step : facts.steps) keys.insert(step.key);
  keys.erase("");
  return keys;
}

class CompareCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Choice("--format", {"text", "json"}, "How to write it", format_);
  }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    const layers::Store& store = wiring.store();
    const builder::BuildLog log(store);
    const Side before = ReadSide(log, operands[0]);
    const Side after = ReadSide(log, operands.size() > 1 ? operands[1] : std::string());
    const auto differences = Compare(before, after, [&store](const std::string& value) {
      return store.ReadRecord(builder::Journal::ListingKey(value));
    });
    WriteStandardOutput(format_ == "json" ? AsJson(before, after, differences)
                                          : AsText(before, after, differences));
    return kExitOk;
  }

 private:
  using Listing = std::function<std::optional<std::string>(const std::string&)>;

  static std::vector<Disagreement> Compare(const Side& before, const Side& after,
                                           const Listing& listing) {
    const std::set<std::string> known = KeysOf(before.facts);
    std::vector<Disagreement> differences;
    std::set<std::size_t> told;
    const builder::ExplainInput input{
        .now = after.facts,
        .before = before.facts,
        .listing = listing,
        .told = [&told](std::size_t step) { return told.contains(step); }};
    std::set<std::string> texts;
    for (std::size_t i = 0; i < after.facts.steps.size(); ++i) {
      const builder::StepFacts& step = after.facts.steps[i];
      texts.insert(step.stage + "\n" + step.text);
      if (step.key.empty() || known.contains(step.key)) continue;
      differences.push_back({step.title, builder::Explain(input, i)});
      told.insert(i);
    }
    const std::set<std::string> kept = KeysOf(after.facts);
    for (const builder::StepFacts& step : before.facts.steps) {
      if (step.key.empty() || kept.contains(step.key)) continue;
      if (!texts.contains(step.stage + "\n" + step.text)) differences.push_back({step.title, {}});
    }
    return differences;
  }

  static std::string Describe(const Side& side) {
    const builder::BuildEntry& entry = side.entry;
    return fmt::format("build {} of {}, {}: {}, {} of {} steps from the cache, {}\n", entry.id,
                       PrintableText(entry.context), FormatRfc3339(entry.started), entry.outcome,
                       entry.cached, entry.steps, FormatTook(entry.milliseconds));
  }

  // "2.1 s, before 1.9 s", as far as the step ran.
  static std::string Times(const Side& before, const Side& after, const std::string& title) {
    const auto seconds = [&title](const Side& side) -> std::string {
      const auto ran = side.ran.find(title);
      if (ran == side.ran.end()) return "cached";
      return FormatTook(ran->second);
    };
    return fmt::format("{}, before {}", seconds(after), seconds(before));
  }

  static std::string AsText(const Side& before, const Side& after,
                            const std::vector<Disagreement>& differences) {
    std::string text = Describe(before) + Describe(after);
    if (differences.empty()) return text + "both were made of the same\n";
    for (const Disagreement& difference : differences) {
      const std::string title = PrintableText(difference.title);
      if (difference.why.empty()) {
        text += fmt::format("{} is gone\n", title);
        continue;
      }
      text += fmt::format("{} ({})\n", title, Times(before, after, difference.title));
      for (const std::string& reason : difference.why) text += "  " + PrintableText(reason) + "\n";
    }
    return text;
  }

  static Json ToJson(const Side& side) {
    return {{"build", side.entry.id},        {"started", FormatRfc3339(side.entry.started)},
            {"outcome", side.entry.outcome}, {"milliseconds", side.entry.milliseconds},
            {"steps", side.entry.steps},     {"cached", side.entry.cached}};
  }

  static std::string AsJson(const Side& before, const Side& after,
                            const std::vector<Disagreement>& differences) {
    Json changed = Json::array();
    Json gone = Json::array();
    for (const Disagreement& difference : differences) {
      if (difference.why.empty()) {
        gone.push_back(difference.title);
      } else {
        changed.push_back({{"title", difference.title}, {"why", difference.why}});
      }
    }
    const Json json = {{"before", ToJson(before)},
                       {"after", ToJson(after)},
                       {"changed", std::move(changed)},
                       {"gone", std::move(gone)}};
    return DumpJson(json, JsonStyle::kIndented) + "\n";
  }

  std::string format_ = "text";
};

}  // namespace

std::unique_ptr<Command> MakeCompare() { return std::make_unique<CompareCommand>(); }

}  // namespace ibuild::cli
