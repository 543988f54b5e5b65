#include <fmt/format.h>

#include "cli/commands/all.h"
#include "cli/exit_code.h"
#include "cli/render/output.h"
#include "cli/wiring.h"
#include "layers/store/reclaim.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

class PruneCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Switch("--cache", "Also what only makes the next build fast (the default)", cache_);
    options.Switch("--keep-cache", "Keep what makes the next build fast", keep_cache_);
    options.Switch("--everything", "Also all images: empty the store", everything_);
    options.Switch("--dry-run", "Only say what would go", dry_run_);
  }

  int Run(Wiring& wiring, const std::vector<std::string>&) override {
    if (everything_ && keep_cache_) {
      throw Error(ErrorKind::kUsage, "--everything and --keep-cache exclude each other");
    }
    wiring.BecomeRoot();  // files in layers belong to others
    const layers::PruneReport report = layers::Prune(
        wiring.store(),
        {.images = everything_, .cache = cache_ && !keep_cache_, .dry_run = dry_run_});
    WriteStandardOutput(Describe(report));
    return kExitOk;
  }

 private:
  std::string Describe(const layers::PruneReport& report) const {
    return fmt::format("{} {}: {} names, {} blobs, {} layers, {} cache records, {} cache mounts\n",
                       dry_run_ ? "Would free" : "Freed", FormatByteSize(report.bytes),
                       report.names, report.blobs, report.layers, report.records,
                       report.cache_mounts);
  }

  bool cache_ = true;
  bool keep_cache_ = false;
  bool everything_ = false;
  bool dry_run_ = false;
};

}  // namespace

std::unique_ptr<Command> MakePrune() { return std::make_unique<PruneCommand>(); }

}  // namespace ibuild::cli
