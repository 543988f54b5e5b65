#include "cli/containers/prune_filter.h"

#include <algorithm>

#include "cli/containers/container_filter.h"
#include "cli/containers/filter_text.h"
#include "support/error.h"

namespace ibuild::cli {
namespace {

constexpr std::int64_t kNanoseconds = 1'000'000'000;  // in a second

}  // namespace

void PruneFilter::Add(const std::string& text) {
  const auto& [name, value] = ParseFilter(text, {"until", "label", "label!"});
  if (name == "label") wanted_.push_back(value);
  if (name == "label!") unwanted_.push_back(value);
  if (name == "until") {
    if (until_) throw Error(ErrorKind::kUsage, "more than one until filter specified");
    until_ = ParseUntil(value, Now());
  }
  texts_.push_back(text);
}

bool PruneFilter::Matches(const std::map<std::string, std::string>& labels,
                          std::int64_t created) const {
  if (until_ && created / kNanoseconds >= until_->seconds) return false;
  const auto has = [&](const std::string& label) { return HasLabel(labels, label); };
  return std::all_of(wanted_.begin(), wanted_.end(), has) &&
         std::none_of(unwanted_.begin(), unwanted_.end(), has);
}

ImageFilter PruneFilter::ForImages() const {
  ImageFilter filter;
  // Not 0, which is a duration, too: none, up to now.
  if (until_) filter.Add("until=" + std::to_string(std::max<std::int64_t>(until_->seconds, 1)));
  for (const std::string& label : wanted_) filter.Add("label=" + label);
  for (const std::string& label : unwanted_) filter.Add("label!=" + label);
  return filter;
}

void PruneFilter::RefuseUntil() const {
  if (!until_) return;
  throw Error(ErrorKind::kUsage, "the filter until is not supported for volumes")
      .WithHint("a volume is used long after it was made; choose by label=");
}

}  // namespace ibuild::cli
