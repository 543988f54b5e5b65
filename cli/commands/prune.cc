#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cstdio>

#include "cli/commands/all.h"
#include "cli/exit_code.h"
#include "cli/layer_of_record.h"
#include "cli/render/output.h"
#include "cli/wiring.h"
#include "layers/store/cache_contents.h"
#include "layers/store/prune_note.h"
#include "layers/store/reclaim.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

class PruneCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Switch("--cache", "Also what only makes the next build fast", cache_);
    options.Switch("--keep-cache", "Keep what makes the next build fast; always so", [](bool) {});
    options.Switch("--everything", "Also all images: empty the store", everything_);
    options.Switch("--dry-run", "Only say what would go", dry_run_);
    options.Switch("-f,--force", "Do not ask", force_);
    options.Custom("--filter", "until=AGE", "Of the cache, what was not used for so long (24h)",
                   [this](const std::string& text) { AddLimit(text); });
    for (const char* name : {"max-used-space", "reserved-space", "min-free-space"}) {
      options.Custom(
          std::string("--") + name, "SIZE", HelpFor(name),
          [this, name](const std::string& text) { AddLimit(std::string(name) + "=" + text); });
    }
    options.Custom("--keep-storage", "SIZE", "The same as --max-used-space",
                   [this](const std::string& text) { AddLimit("max-used-space=" + text); });
  }

  int Run(Wiring& wiring, const std::vector<std::string>&) override {
    const layers::CacheLimits limits = layers::ParseCacheLimits(limits_);
    if (everything_ && !limits.IsEmpty()) {
      throw Error(ErrorKind::kUsage, "--everything and limits exclude each other");
    }
    if (!dry_run_ && !force_ && !MayGoOn()) return kExitOk;
    wiring.BecomeRoot();  // files in layers belong to others
    WriteStandardOutput(Describe(Remove(wiring.store(), limits)));
    return kExitOk;
  }

 private:
  static std::string HelpFor(std::string_view name) {
    if (name == "reserved-space") return "Of the cache, so much stays whatever else is said";
    return name == "min-free-space" ? "Make room until the disk has so much left"
                                    : "Make the cache no larger than this";
  }

  void AddLimit(const std::string& text) {
    layers::ParseCacheLimits(text);
    limits_ += (limits_.empty() ? "" : ",") + text;
  }

  // Somebody at a terminal is asked; a script has said what it wants.
  bool MayGoOn() const {
    if (::isatty(STDIN_FILENO) != 1 || ::isatty(STDERR_FILENO) != 1) return true;
    const char* what = everything_ ? "all images and the build cache"
                       : cache_    ? "the build cache and what no image needs"
                                   : "what no image and no build needs";
    StandardError()(fmt::format("This removes {}. Go on? [y/N] ", what));
    std::array<char, 16> answer{};
    if (std::fgets(answer.data(), answer.size(), stdin) == nullptr) return false;
    return answer[0] == 'y' || answer[0] == 'Y';
  }

  layers::PruneReport Remove(layers::Store& store, const layers::CacheLimits& limits) const {
    const bool whole_cache = limits.IsEmpty() && (cache_ || everything_);
    const layers::PruneReport report =
        limits.IsEmpty()
            ? layers::Prune(store,
                            {.images = everything_, .cache = whole_cache, .dry_run = dry_run_})
            : layers::TrimCache(store, limits, LayerOfRecord, dry_run_);
    if (!dry_run_ && report.records != 0) {
      const std::string rule =
          limits.IsEmpty() ? everything_ ? " --everything" : " --cache" : " (" + limits_ + ")";
      layers::NotePrune(store, {.time = Now(), .rule = "`ibuild prune" + rule + "`"});
    }
    return report;
  }

  std::string Describe(const layers::PruneReport& report) const {
    return fmt::format("{} {}: {} names, {} blobs, {} layers, {} cache records, {} cache mounts\n",
                       dry_run_ ? "Would free" : "Freed", FormatByteSize(report.bytes),
                       report.names, report.blobs, report.layers, report.records,
                       report.cache_mounts);
  }

  bool cache_ = false;
  bool everything_ = false;
  bool dry_run_ = false;
  bool force_ = false;
  std::string limits_;
};

}  // namespace

std::unique_ptr<Command> MakePrune() { return std::make_unique<PruneCommand>(); }

}  // namespace ibuild::cli
