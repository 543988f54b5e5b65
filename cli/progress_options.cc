#include "cli/progress_options.h"

namespace ibuild::cli {

void ProgressOptions::Declare(OptionSet& options) {
  options.Choice("--progress", {"auto", "plain", "tty", "quiet", "json", "rawjson", "none"},
                 "How progress is shown", progress_);
  options.Switch("-q,--quiet", "Show results only", quiet_);
}

void ProgressOptions::ApplyTo(Settings& settings) const {
  if (!progress_.empty()) settings.progress = progress_;
  if (quiet_) settings.progress = "quiet";
}

}  // namespace ibuild::cli
