#include "builder/explain/journal.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "builder/cache/shared_caches.h"
#include "builder/explain/explain.h"
#include "layers/store/prune_note.h"
#include "support/error.h"

namespace ibuild::builder {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMostLookedAt = 20;  // earlier builds, for the one that is most alike

// One of the same directory that shares most steps needs no better one.
bool IsGoodEnough(std::size_t alike, std::size_t steps) { return 4 * alike >= 3 * steps; }

std::uint64_t MillisecondsSince(UnixTime start) {
  const UnixTime now = Now();
  const std::int64_t passed =
      (now.seconds - start.seconds) * 1000 + (now.nanoseconds - start.nanoseconds) / 1'000'000;
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, passed));
}

}  // namespace

Journal::Journal(const BuildRequest& request, const BuildGraph& graph, layers::Store& store,
                 SharedCaches* shared)
    : request_(request),
      store_(store),
      shared_(shared),
      log_(store),
      started_(Now()),
      id_(BuildLog::NewId(started_)) {
  for (const Vertex& vertex : graph.vertices) facts_.steps.push_back(PlannedFacts(vertex));
}

void Journal::SetBase(VertexId vertex, const oci::Descriptor& manifest) {
  facts_.steps.at(vertex).layer = manifest.digest.ToString();
}

void Journal::SetKey(VertexId vertex, CacheKey key) {
  facts_.steps.at(vertex).key = key.digest.hex();
  facts_.steps.at(vertex).parts = std::move(key.parts);
}

void Journal::SetLayer(VertexId vertex, const oci::DiffId& layer) {
  facts_.steps.at(vertex).layer = layer.ToString();
}

void Journal::Began(VertexId vertex, std::vector<std::string> why) {
  running_[vertex] = {ran_.size(), Clock::now()};
  ran_.push_back({.step = vertex,
                  .title = facts_.steps.at(vertex).title,
                  .outcome = "cancelled",
                  .why = std::move(why),
                  .milliseconds = 0});
}

void Journal::Ended(VertexId vertex, std::string outcome) {
  const auto running = running_.find(vertex);
  if (running == running_.end()) return;
  const auto [place, begin] = running->second;
  ran_[place].outcome = std::move(outcome);
  ran_[place].milliseconds = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin).count());
  running_.erase(running);
}

std::string Journal::ListingKey(const std::string& value) {
  return oci::Digest::OfText("ibuild listing 1\n" + value).hex();
}

// The latest of those that have most in common with this one.
const BuildFacts* Journal::Before() {
  if (std::exchange(looked_, true)) return before_ ? &*before_ : nullptr;
  std::size_t best = 0;
  std::size_t looked_at = 0;
  for (const BuildEntry& entry : log_.List()) {
    if (entry.facts.empty()) continue;
    if (++looked_at > kMostLookedAt) break;
    auto facts = log_.FactsOf(entry);
    if (!facts) continue;
    const bool same_place = entry.context == request_.context.directory.string();
    const std::size_t alike = Likeness(facts_, *facts);
    const std::size_t likeness = 2 * alike + (same_place ? 1 : 0);
    if (likeness <= best) continue;
    best = likeness;
    before_ = std::move(facts);
    if (same_place && IsGoodEnough(alike, facts_.steps.size())) return &*before_;
  }
  LookElsewhere(best);
  return before_ ? &*before_ : nullptr;
}

// Fetched, so only for somebody who asked.
void Journal::LookElsewhere(std::size_t best) {
  if (shared_ == nullptr || !request_.cache.explain) return;
  for (const std::string& text : shared_->ReadFacts()) {
    auto facts = ParseBuildFacts(text);
    if (!facts || 2 * Likeness(facts_, *facts) <= best) continue;
    best = 2 * Likeness(facts_, *facts);
    before_ = std::move(facts);
    shared_listings_ = ParseListings(text);
  }
}

std::optional<std::string> Journal::ListingOf(const std::string& value) const {
  if (auto here = store_.ReadRecord(ListingKey(value))) return here;
  const auto shared = shared_listings_.find(value);
  return shared == shared_listings_.end() ? std::nullopt : std::optional(shared->second);
}

std::string Journal::Shareable() const {
  constexpr std::size_t kMostBytes = 1u << 20;
  std::map<std::string, std::string> listings;
  std::size_t bytes = 0;
  for (const StepFacts& step : facts_.steps) {
    for (const KeyPart& part : step.parts) {
      if (!step.sources.contains(part.name)) continue;
      auto listing = store_.ReadRecord(ListingKey(part.value));
      if (!listing || bytes + listing->size() > kMostBytes) continue;
      bytes += listing->size();
      listings.emplace(part.value, *std::move(listing));
    }
  }
  return Serialize(facts_, listings);
}

std::string Journal::Gone(VertexId vertex) const {
  if (store_.ReadRecord(facts_.steps.at(vertex).key)) return {};
  const auto prune = layers::LastPrune(store_);
  if (!prune) return {};
  return fmt::format("its record was pruned on {} by {}", FormatRfc3339(prune->time), prune->rule);
}

std::vector<std::string> Journal::WhyNot(VertexId vertex) {
  const BuildFacts* before = Before();
  if (before == nullptr) return {"this step has not been built here before"};
  const ExplainInput input{.now = facts_,
                           .before = *before,
                           .listing = [this](const std::string& value) { return ListingOf(value); },
                           .told =
                               [this](std::size_t step) {
                                 return std::any_of(
                                     ran_.begin(), ran_.end(),
                                     [&](const RunEntry& run) { return run.step == step; });
                               },
                           .gone = Gone(vertex)};
  return Explain(input, vertex);
}

void Journal::Save(bool succeeded, std::size_t cached) noexcept {
  try {
    const auto made = std::count_if(facts_.steps.begin(), facts_.steps.end(),
                                    [](const StepFacts& step) { return !step.key.empty(); });
    std::string facts = log_.Keep(facts_);
    log_.Add({.id = id_,
              .started = started_,
              .milliseconds = MillisecondsSince(started_),
              .context = request_.context.directory.string(),
              .dockerfile = request_.dockerfile.name(),
              .target = request_.target,
              .facts = std::move(facts),
              .outcome = succeeded ? "done" : "failed",
              .steps = static_cast<std::size_t>(made),
              .cached = cached},
             ran_);
  } catch (const std::exception&) {
    // A full disk, say: the next build knows less.
  }
}

}  // namespace ibuild::builder
