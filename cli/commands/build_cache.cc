// buildx' view of the build cache: `buildx du` and `builder prune`, in the shapes that scripts
// read.
#include <fmt/format.h>

#include <algorithm>

#include "cli/commands/all.h"
#include "cli/exit_code.h"
#include "cli/layer_of_record.h"
#include "cli/render/docker_units.h"
#include "cli/render/output.h"
#include "cli/wiring.h"
#include "layers/store/cache_contents.h"
#include "layers/store/prune_note.h"
#include "layers/store/reclaim.h"

namespace ibuild::cli {
namespace {

class BuilderDuCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Switch("--verbose", "With the whole ids", verbose_);
  }

  int Run(Wiring& wiring, const std::vector<std::string>&) override {
    wiring.BecomeRoot();  // directories in layers may be closed to others
    std::vector<layers::CacheEntry> entries = layers::ListCache(wiring.store(), LayerOfRecord);
    std::sort(entries.begin(), entries.end(),
              [](const auto& a, const auto& b) { return a.bytes > b.bytes; });
    constexpr std::size_t kShortId = 12;
    const UnixTime now = Now();
    std::uint64_t bytes = 0;
    std::string text = "ID\t\tRECLAIMABLE\tSIZE\tLAST ACCESSED\n";
    for (const layers::CacheEntry& entry : entries) {
      bytes += entry.bytes;
      text += fmt::format("{}\ttrue\t{}\t{}\n", verbose_ ? entry.id : entry.id.substr(0, kShortId),
                          DockerSize(entry.bytes), DockerAge(entry.used, now));
    }
    WriteStandardOutput(fmt::format("{}Reclaimable:\t{}\nTotal:\t\t{}\n", text, DockerSize(bytes),
                                    DockerSize(bytes)));
    return kExitOk;
  }

 private:
  bool verbose_ = false;
};

class BuilderPruneCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Switch("-a,--all", "All of it; always so", accepted_);
    options.Switch("-f,--force", "Accepted: nothing is asked", accepted_);
    options.Switch("--verbose", "Accepted", accepted_);
    options.Filter("--filter", "until=AGE: what was not used for so long (24h)",
                   [this](const std::string& text) { AddLimit(text); });
    const auto limit = [&](const char* option, const char* name, const char* help) {
      options.Custom(option, "SIZE", help, [this, name](const std::string& text) {
        AddLimit(std::string(name) + "=" + text);
      });
    };
    limit("--max-used-space", "max-used-space", "Make the cache no larger than this");
    limit("--keep-storage", "max-used-space", "The same as --max-used-space");
    limit("--reserved-space", "reserved-space", "So much stays whatever else is said");
    limit("--min-free-space", "min-free-space", "Make room until the disk has so much left");
  }

  int Run(Wiring& wiring, const std::vector<std::string>&) override {
    const layers::CacheLimits limits = layers::ParseCacheLimits(limits_);
    wiring.BecomeRoot();  // files in layers belong to others
    layers::Store& store = wiring.store();
    const layers::PruneReport report =
        limits.IsEmpty() ? layers::Prune(store, {.untagged = false, .cache = true})
                         : layers::TrimCache(store, limits, LayerOfRecord, false);
    if (report.records != 0) {
      layers::NotePrune(store, {.time = Now(), .rule = "`builder prune`"});
    }
    WriteStandardOutput(fmt::format("Total:\t{}\n", DockerSize(report.bytes)));
    return kExitOk;
  }

 private:
  void AddLimit(const std::string& text) {
    layers::ParseCacheLimits(text);
    limits_ += (limits_.empty() ? "" : ",") + text;
  }

  bool accepted_ = false;
  std::string limits_;
};

}  // namespace

std::unique_ptr<Command> MakeBuilderDu() { return std::make_unique<BuilderDuCommand>(); }
std::unique_ptr<Command> MakeBuilderPrune() { return std::make_unique<BuilderPruneCommand>(); }

}  // namespace ibuild::cli
