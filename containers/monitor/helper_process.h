// A process beside a monitor that works in another network namespace, from where there is no way
// back for an ordinary user: it has moved there for good.
#pragma once

#include <functional>
#include <vector>

#include "support/fd.h"

namespace ibuild::containers {

class HelperProcess {
 public:
  HelperProcess() = default;  // none
  HelperProcess(HelperProcess&& other) noexcept;
  HelperProcess& operator=(HelperProcess&& other) noexcept;
  ~HelperProcess() { Stop(); }

  struct Plan {
    const char* name;  // in lists of processes
    int net_namespace;
    std::vector<int> keep;  // descriptors that it needs
  };
  // `work` is a copy of this process's; it is handed a descriptor that becomes readable when the
  // monitor has ended, by whatever end.
  static HelperProcess Start(const Plan& plan, const std::function<void(int life)>& work);

  bool running() const { return pid_ > 0; }
  // Kills and reaps it.
  void Stop();

 private:
  int pid_ = -1;
  UniqueFd life_;
};

}  // namespace ibuild::containers
