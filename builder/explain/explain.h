// Why a step did not come from the cache, in sentences that name the cause: against the step of an
// earlier build that it is a new form of. Pure.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "builder/explain/build_facts.h"

namespace ibuild::builder {

struct ExplainInput {
  const BuildFacts& now;     // what is known so far: the step's key, all that it builds on
  const BuildFacts& before;  // an earlier build
  // The text of a listing (explain/listing.h) by the value of the part that it explains.
  std::function<std::optional<std::string>(const std::string& value)> listing;
  // Whether the reason of this step has been given already: it is not given again where a later one
  // follows from it. Null: of none.
  std::function<bool(std::size_t step)> told = {};
  // What became of a record that was there: "it was pruned on …". Empty: not known.
  std::string gone = {};
};

// At least one.
std::vector<std::string> Explain(const ExplainInput& input, std::size_t step);

// How many steps of the builds are the same: the more, the better `before` explains `now`.
std::size_t Likeness(const BuildFacts& now, const BuildFacts& before);

}  // namespace ibuild::builder
