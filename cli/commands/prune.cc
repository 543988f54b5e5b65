#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cstdio>

#include "cli/cache_limit_options.h"
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
    options.Switch("--cache", "Also what only makes the next build fast", cache_);
    options.Switch("--keep-cache", "Keep what makes the next build fast; always so", [](bool) {});
    options.Switch("--everything", "Also all images: empty the store", everything_);
    options.Switch("--dry-run", "Only say what would go", dry_run_);
    options.Switch("-f,--force", "Do not ask", force_);
    limits_.Declare(options);
  }

  int Run(Wiring& wiring, const std::vector<std::string>&) override {
    if (everything_ && !limits_.IsEmpty()) {
      throw Error(ErrorKind::kUsage, "--everything and limits exclude each other");
    }
    if (!dry_run_ && !force_ && !MayGoOn()) return kExitOk;
    wiring.BecomeRoot();  // files in layers belong to others
    const std::string words = everything_ ? " --everything" : cache_ ? " --cache" : "";
    WriteStandardOutput(Describe(
        limits_.Remove(wiring.store(),
                       {.images = everything_, .cache = cache_ || everything_, .dry_run = dry_run_},
                       "ibuild prune" + words)));
    return kExitOk;
  }

 private:
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
  CacheLimitOptions limits_;
};

}  // namespace

std::unique_ptr<Command> MakePrune() { return std::make_unique<PruneCommand>(); }

}  // namespace ibuild::cli
