#include "builder/explain/explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "builder/explain/alignment.h"
#include "builder/explain/listing.h"
#include "support/text.h"

namespace ibuild::builder {
namespace {

constexpr std::size_t kLongestValue = 80;

using Chain = std::vector<const StepFacts*>;  // a file system's steps, the base first

Chain ChainOf(const BuildFacts& facts, std::size_t step) {
  Chain chain = {&facts.steps.at(step)};
  while (!chain.back()->inputs.empty()) {
    chain.push_back(&facts.steps.at(chain.back()->inputs.front()));
  }
  std::reverse(chain.begin(), chain.end());
  return chain;
}

std::string Shown(const std::string& value) {
  const std::string quoted = Quote(value);
  if (quoted.size() <= kLongestValue) return quoted;
  return quoted.substr(0, kLongestValue) + "…\"";
}

std::string Was(const std::string& what, const KeyDifference& difference) {
  if (!difference.before) return fmt::format("{} is new: {}", what, Shown(*difference.after));
  if (!difference.after) return fmt::format("{} is gone, was {}", what, Shown(*difference.before));
  return fmt::format("{} was {}, now {}", what, Shown(*difference.before),
                     Shown(*difference.after));
}

// The instructions of a stage. Those that the build has not come to have no key yet.
std::vector<std::size_t> OfStage(const BuildFacts& facts, const std::string& stage) {
  std::vector<std::size_t> steps;
  for (std::size_t i = 0; i < facts.steps.size(); ++i) {
    if (facts.steps[i].stage == stage && !facts.steps[i].inputs.empty()) steps.push_back(i);
  }
  return steps;
}

std::vector<std::string_view> TextsOf(const BuildFacts& facts,
                                      const std::vector<std::size_t>& steps) {
  std::vector<std::string_view> texts;
  for (const std::size_t step : steps) texts.emplace_back(facts.steps[step].text);
  return texts;
}

std::vector<std::string_view> TextsOf(const Chain& chain, std::size_t from) {
  std::vector<std::string_view> texts;
  for (std::size_t i = from; i < chain.size(); ++i) texts.emplace_back(chain[i]->text);
  return texts;
}

bool StartsWith(const std::string& name, std::string_view prefix) {
  return name.starts_with(prefix);
}

// Parts that only say again what the text of the instruction says.
bool FollowsFromText(const std::string& name) {
  static const std::set<std::string> kNames = {"argv", "destination", "path",    "chown", "chmod",
                                               "link", "parents",     "exclude", "unpack"};
  return kNames.contains(name) || StartsWith(name, "script ") || StartsWith(name, "source ") ||
         StartsWith(name, "mount ");
}

class Explanation {
 public:
  Explanation(const ExplainInput& input, std::size_t step)
      : input_(input), step_(step), now_(input.now.steps.at(step)) {}

  std::vector<std::string> Run() && {
    const auto counterpart = FindCounterpart();
    if (!counterpart) return {NewInstruction()};
    old_ = &input_.before.steps[*counterpart];
    if (old_->key.empty()) return {"the build before it ended without coming to this step"};
    if (old_->key == now_.key) return {Gone()};
    if (old_->text != now_.text) {
      Add(fmt::format("the instruction was {}, now {}", Shown(old_->text), Shown(now_.text)));
    }
    bool state = false;
    for (const KeyDifference& difference : ExplainMiss(old_->parts, now_.parts)) {
      if (difference.name == "state") {
        state = true;
      } else if (old_->text == now_.text || !FollowsFromText(difference.name)) {
        Describe(difference);
      }
    }
    if (reasons_.empty() && state)
      Add(ChainCause(Below(input_.now, step_), Below(input_.before, *counterpart)));
    if (reasons_.empty()) Add("its parts are the same, but not what they add up to");
    return std::move(reasons_);
  }

 private:
  void Add(std::string reason) { reasons_.push_back(std::move(reason)); }

  std::string NewInstruction() const {
    if (OfStage(input_.before, now_.stage).empty() && !input_.before.steps.empty()) {
      return fmt::format("stage {} is new", now_.stage);
    }
    return fmt::format("the instruction is new: {}", Shown(now_.text));
  }

  std::string Gone() const {
    if (!input_.gone.empty()) return input_.gone;
    return "nothing changed, but its layer is no longer in the store";
  }

  // What the step was before, in the stage as a whole.
  std::optional<std::size_t> FindCounterpart() const {
    const auto before = OfStage(input_.before, now_.stage);
    const auto now = OfStage(input_.now, now_.stage);
    const auto places = Align(TextsOf(input_.now, now), TextsOf(input_.before, before));
    const auto place = std::find(now.begin(), now.end(), step_) - now.begin();
    const auto found = places.at(static_cast<std::size_t>(place));
    return found ? std::optional(before[*found]) : std::nullopt;
  }

  static Chain Below(const BuildFacts& facts, std::size_t step) {
    return ChainOf(facts, facts.steps.at(step).inputs.at(0));
  }

  void Describe(const KeyDifference& difference) {
    const std::string& name = difference.name;
    if (StartsWith(name, "env.")) {
      const std::string variable = name.substr(4);
      return Add(Was((IsArg(variable) ? "ARG " : "ENV ") + variable, difference));
    }
    if (now_.sources.contains(name)) return DescribeFiles(difference);
    if (StartsWith(name, "script ")) {
      return Add(fmt::format("the here-document {} changed", name.substr(7)));
    }
    if (name == "build time") return Add(Was("SOURCE_DATE_EPOCH", difference));
    if (name == "argv") return Add(Was("the command line", difference));
    Add(Was(name, difference));
  }

  bool IsArg(const std::string& variable) const {
    const auto has = [&](const StepFacts& step) {
      return std::find(step.build_args.begin(), step.build_args.end(), variable) !=
             step.build_args.end();
    };
    return has(now_) || has(*old_);
  }

  void DescribeFiles(const KeyDifference& difference) {
    const auto from = now_.sources.at(difference.name);
    const std::string where =
        from ? fmt::format("from {}", StageName(*from)) : std::string("of the context");
    std::string reason = fmt::format("files {} changed", where);
    if (const auto changes = FileChanges(difference)) reason += ": " + *changes;
    if (from) reason += CauseInSource(difference.name, *from);
    Add(std::move(reason));
  }

  std::string StageName(std::size_t step) const {
    const StepFacts& source = input_.now.steps.at(step);
    return source.key.empty() ? source.text : "stage " + source.stage;
  }

  std::optional<std::string> FileChanges(const KeyDifference& difference) const {
    if (!difference.before || !difference.after || !input_.listing) return std::nullopt;
    const auto old_text = input_.listing(*difference.before);
    const auto new_text = input_.listing(*difference.after);
    auto before = old_text ? ParseListing(*old_text) : std::nullopt;
    auto after = new_text ? ParseListing(*new_text) : std::nullopt;
    if (!before || !after) return std::nullopt;
    return DescribeChanges(*std::move(before), *std::move(after));
  }

  std::string CauseInSource(const std::string& part, std::size_t from) const {
    const auto old = old_->sources.find(part);
    if (old == old_->sources.end() || !old->second) return {};
    return ", " + ChainCause(ChainOf(input_.now, from), ChainOf(input_.before, *old->second));
  }

  static std::string BaseCause(const StepFacts& before, const StepFacts& now) {
    if (before.text == now.text) {
      return fmt::format("because the base of {} moved from {} to {}", Shown(now.text),
                         before.layer, now.layer);
    }
    return fmt::format("because the base was {}, now {}", Shown(before.text), Shown(now.text));
  }

  // Of a step that came from the cache itself, and so was never explained.
  std::string CauseOf(const StepFacts& step) const {
    const auto index = static_cast<std::size_t>(&step - input_.now.steps.data());
    if (!input_.told || input_.told(index)) return {};
    return ": " + Join(Explain(input_, index), "; ");
  }

  // The first step that made something else.
  std::string ChainCause(const Chain& now, const Chain& before) const {
    const std::size_t both = std::min(now.size(), before.size());
    std::size_t first = 0;
    while (first < both && now[first]->layer == before[first]->layer) ++first;
    if (first == 0) return BaseCause(*before[0], *now[0]);
    if (first < both && now[first]->text == before[first]->text) {
      return fmt::format("because {} made something else{}", now[first]->title,
                         CauseOf(*now[first]));
    }
    const auto places = Align(TextsOf(now, first), TextsOf(before, first));
    if (!places.empty() && !places[0]) return fmt::format("because {} is new", now[first]->title);
    if (first == before.size()) return "because what it builds on changed";
    const std::string was = Shown(before[first]->text);
    if (places.empty() || *places[0] != 0) return fmt::format("because {} is gone", was);
    return fmt::format("because {} was {}", now[first]->title, was);
  }

  const ExplainInput& input_;
  std::size_t step_;
  const StepFacts& now_;
  const StepFacts* old_ = nullptr;
  std::vector<std::string> reasons_;
};

}  // namespace

std::vector<std::string> Explain(const ExplainInput& input, std::size_t step) {
  return Explanation(input, step).Run();
}

std::size_t Likeness(const BuildFacts& now, const BuildFacts& before) {
  std::set<std::pair<std::string, std::string>> steps;
  for (const StepFacts& step : before.steps) steps.emplace(step.stage, step.text);
  return static_cast<std::size_t>(
      std::count_if(now.steps.begin(), now.steps.end(), [&](const StepFacts& step) {
        return steps.contains({step.stage, step.text});
      }));
}

}  // namespace ibuild::builder
