// ibuild du: what the build cache holds, how much of it, and who used it last.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "builder/explain/build_log.h"
#include "cli/commands/all.h"
#include "cli/exit_code.h"
#include "cli/layer_of_record.h"
#include "cli/render/age.h"
#include "cli/render/output.h"
#include "cli/render/table.h"
#include "cli/wiring.h"
#include "layers/store/cache_contents.h"
#include "layers/store/reclaim.h"
#include "layers/store/store.h"
#include "support/json.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

constexpr std::size_t kBuildsLookedAt = 50;
constexpr std::size_t kShortId = 12;

const char* NameOf(layers::CacheKind kind) {
  switch (kind) {
    case layers::CacheKind::kLayer:
      return "layer";
    case layers::CacheKind::kMount:
      return "mount";
    case layers::CacheKind::kRecord:
      return "record";
  }
  return "";
}

// Which step made a layer, by its DiffId's hexadecimal digits, as far as the builds remember.
std::map<std::string, std::string> StepsOfLayers(const layers::Store& store) {
  const builder::BuildLog log(store);
  std::map<std::string, std::string> steps;
  std::size_t looked_at = 0;
  for (const builder::BuildEntry& entry : log.List()) {
    if (++looked_at > kBuildsLookedAt) break;
    const auto facts = log.FactsOf(entry);
    if (!facts) continue;
    for (const builder::StepFacts& step : facts->steps) {
      const auto layer = oci::Digest::TryParse(step.layer);
      if (layer && !step.key.empty()) steps.emplace(layer->hex(), step.text);
    }
  }
  return steps;
}

class DuCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Switch("-v,--verbose", "Every layer, mount and record", verbose_);
    options.Choice("--format", {"text", "json"}, "How to write it", format_);
  }

  int Run(Wiring& wiring, const std::vector<std::string>&) override {
    wiring.BecomeRoot();  // directories in layers may be closed to others
    layers::Store& store = wiring.store();
    std::vector<layers::CacheEntry> entries = layers::ListCache(store, LayerOfRecord);
    std::sort(entries.begin(), entries.end(),
              [](const auto& a, const auto& b) { return a.bytes > b.bytes; });
    auto steps = StepsOfLayers(store);
    for (const layers::CacheEntry& entry : entries) {
      if (entry.kind != layers::CacheKind::kMount) continue;
      if (auto name = store.ReadRecord(layers::MountNameKey(entry.id))) {
        steps.emplace(entry.id, "mount id=" + *std::move(name));
      }
    }
    const bool json = format_ == "json";
    std::string text = json ? AsJson(entries, steps) : std::string();
    if (!json && verbose_) text = AsTable(entries, steps) + "\n";
    if (!json) text += Summary(entries, layers::DiskUsage(store));
    WriteStandardOutput(text);
    return kExitOk;
  }

 private:
  using Steps = std::map<std::string, std::string>;

  static std::string StepOf(const layers::CacheEntry& entry, const Steps& steps) {
    const auto step = steps.find(entry.id);
    return step == steps.end() ? std::string() : step->second;
  }

  static std::string AsTable(const std::vector<layers::CacheEntry>& entries, const Steps& steps) {
    const UnixTime now = Now();
    Table table({"KIND", "ID", "SIZE", "LAST USED", "STEP"});
    for (const layers::CacheEntry& entry : entries) {
      table.Add({NameOf(entry.kind), entry.id.substr(0, kShortId), FormatByteSize(entry.bytes),
                 FormatAge(entry.used, now), PrintableText(StepOf(entry, steps))});
    }
    return table.Render();
  }

  static std::string AsJson(const std::vector<layers::CacheEntry>& entries, const Steps& steps) {
    std::string lines;
    for (const layers::CacheEntry& entry : entries) {
      lines += DumpJson(Json{{"kind", NameOf(entry.kind)},
                             {"id", entry.id},
                             {"bytes", entry.bytes},
                             {"used", FormatRfc3339(entry.used)},
                             {"step", StepOf(entry, steps)}}) +
               "\n";
    }
    return lines;
  }

  static std::string Summary(const std::vector<layers::CacheEntry>& entries,
                             const layers::StoreUsage& usage) {
    std::map<layers::CacheKind, std::pair<std::size_t, std::uint64_t>> sums;
    for (const layers::CacheEntry& entry : entries) {
      ++sums[entry.kind].first;
      sums[entry.kind].second += entry.bytes;
    }
    Table table({"", "COUNT", "SIZE"});
    const auto add = [&](const char* name, std::size_t count, std::uint64_t bytes) {
      table.Add({name, std::to_string(count), FormatByteSize(bytes)});
    };
    add("layers", sums[layers::CacheKind::kLayer].first, sums[layers::CacheKind::kLayer].second);
    add("cache mounts", sums[layers::CacheKind::kMount].first,
        sums[layers::CacheKind::kMount].second);
    add("records", sums[layers::CacheKind::kRecord].first, sums[layers::CacheKind::kRecord].second);
    add("blobs", usage.blobs, usage.blob_bytes);
    return table.Render();
  }

  bool verbose_ = false;
  std::string format_ = "text";
};

}  // namespace

std::unique_ptr<Command> MakeDu() { return std::make_unique<DuCommand>(); }

}  // namespace ibuild::cli
