// The thread that answers what a chrooted step asks about /proc. It ends when the step's last
// process has.
#pragma once

#include <filesystem>
#include <thread>

#include "support/fd.h"

namespace ibuild::builder {

class ProcView {
 public:
  // `listener`: where the calls that ProcGuard stops come from. `tree`: the step's root.
  ProcView(UniqueFd listener, const std::filesystem::path& tree);
  ProcView(const ProcView&) = delete;
  ProcView& operator=(const ProcView&) = delete;
  ~ProcView();  // when the step's processes are gone

 private:
  std::thread thread_;
};

}  // namespace ibuild::builder
