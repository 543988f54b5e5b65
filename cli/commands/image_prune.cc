#include <fmt/format.h>

#include "cli/commands/all.h"
#include "cli/exit_code.h"
#include "cli/images/prune_images.h"
#include "cli/render/docker_units.h"
#include "cli/render/output.h"
#include "cli/wiring.h"
#include "layers/store/reclaim.h"

namespace ibuild::cli {
namespace {

// Names and untagged images go by the filters, then what nothing leads to any more. What makes the
// next build fast stays: that is `builder prune`.
class ImagePruneCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Switch("-a,--all", "All images, not only those without a name", all_);
    options.Switch("-f,--force", "Do not ask; always so", force_);
    options.Filter("--filter", "Only some: until, label, label!, dangling; repeat",
                   [this](const std::string& text) { filter_.Add(text); });
  }

  int Run(Wiring& wiring, const std::vector<std::string>&) override {
    wiring.BecomeRoot();  // files in layers belong to others
    layers::Store& store = wiring.store();
    const bool all = all_ || filter_.dangling() == false;
    std::string lines = PruneImages(store.root(), filter_, all);
    const layers::PruneReport report = layers::Prune(store, {.untagged = false});
    if (!lines.empty()) lines = "Deleted Images:\n" + lines + "\n";
    WriteStandardOutput(lines +
                        fmt::format("Total reclaimed space: {}\n", DockerSize(report.bytes)));
    return kExitOk;
  }

 private:
  bool all_ = false;
  bool force_ = false;
  ImageFilter filter_;
};

}  // namespace

std::unique_ptr<Command> MakeImagePrune() { return std::make_unique<ImagePruneCommand>(); }

}  // namespace ibuild::cli
