// buildx' view of the build cache: `buildx du` and `builder prune`, in the shapes that scripts
// read.
#include <fmt/format.h>

#include <algorithm>

#include "cli/cache_limit_options.h"
#include "cli/commands/all.h"
#include "cli/exit_code.h"
#include "cli/layer_of_record.h"
#include "cli/render/docker_units.h"
#include "cli/render/output.h"
#include "cli/render/table.h"
#include "cli/wiring.h"
#include "layers/store/cache_contents.h"
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
    constexpr std::size_t kShown = 12;
    const UnixTime now = Now();
    std::uint64_t bytes = 0;
    Table table({"ID", "RECLAIMABLE", "SIZE", "LAST ACCESSED"}, kDockerSpacing);
    for (const layers::CacheEntry& entry : entries) {
      bytes += entry.bytes;
      table.Add({verbose_ ? entry.id : entry.id.substr(0, kShown), "true", DockerSize(entry.bytes),
                 DockerAge(entry.used, now)});
    }
    WriteStandardOutput(fmt::format("{}Reclaimable:\t{}\nTotal:\t\t{}\n", table.Render(),
                                    DockerSize(bytes), DockerSize(bytes)));
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
    limits_.Declare(options, true);
  }

  int Run(Wiring& wiring, const std::vector<std::string>&) override {
    wiring.BecomeRoot();  // files in layers belong to others
    const layers::PruneReport report =
        limits_.Remove(wiring.store(), {.untagged = false, .cache = true}, "builder prune");
    WriteStandardOutput(fmt::format("Total:\t{}\n", DockerSize(report.bytes)));
    return kExitOk;
  }

 private:
  bool accepted_ = false;
  CacheLimitOptions limits_;
};

}  // namespace

std::unique_ptr<Command> MakeBuilderDu() { return std::make_unique<BuilderDuCommand>(); }
std::unique_ptr<Command> MakeBuilderPrune() { return std::make_unique<BuilderPruneCommand>(); }

}  // namespace ibuild::cli
