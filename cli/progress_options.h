// How progress is shown: --progress, laid over what the environment says.
#pragma once

#include <string>

#include "cli/options.h"
#include "cli/settings.h"

namespace ibuild::cli {

class ProgressOptions {
 public:
  void Declare(OptionSet& options);
  void ApplyTo(Settings& settings) const;

  bool quiet() const { return quiet_; }

 private:
  std::string progress_;  // empty: not said
  bool quiet_ = false;
};

}  // namespace ibuild::cli
