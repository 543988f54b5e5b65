#include "builder/assemble/history.h"

#include <algorithm>

#include "support/clock.h"

namespace ibuild::builder {
namespace {

using History = std::vector<oci::HistoryEntry>;

std::size_t CountLayers(const History& history) {
  return static_cast<std::size_t>(
      std::ranges::count(history, false, &oci::HistoryEntry::empty_layer));
}

std::string LastTimeOf(History::const_iterator begin, History::const_iterator end) {
  while (begin != end) {
    if (!(--end)->created.empty()) return end->created;
  }
  return {};
}

}  // namespace

void FitHistory(History& history, std::size_t layers) {
  std::size_t described = CountLayers(history);
  for (; described < layers; ++described) {
    oci::HistoryEntry entry;
    entry.comment = "buildkit.exporter.image.v0";
    history.push_back(std::move(entry));
  }
  for (auto entry = history.begin(); described > layers; ++entry) {
    if (entry->empty_layer) continue;
    entry->empty_layer = true;
    --described;
  }
}

void FillTimes(History& history, std::size_t base_entries, const std::string& now) {
  const auto begin = history.begin() + static_cast<std::ptrdiff_t>(base_entries);
  const auto first_timed = std::find_if(
      begin, history.end(), [](const oci::HistoryEntry& entry) { return !entry.created.empty(); });
  std::string time =
      first_timed != history.end() ? first_timed->created : LastTimeOf(history.begin(), begin);
  if (time.empty()) time = now;
  for (auto entry = begin; entry != history.end(); ++entry) {
    if (entry->created.empty()) entry->created = time;
    time = entry->created;
  }
}

std::optional<std::string> NewestTime(const History& history) {
  std::optional<UnixTime> newest;
  for (const oci::HistoryEntry& entry : history) {
    const auto time = ParseRfc3339(entry.created);
    if (time && (!newest || *time > *newest)) newest = time;
  }
  if (!newest) return std::nullopt;
  return FormatRfc3339(*newest);
}

}  // namespace ibuild::builder
