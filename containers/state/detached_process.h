// Processes that outlive the command line: a monitor, a router.
//
// A detached process is a copy of this one (so it must have a single thread) in a session of its
// own, with /dev/null as its standard streams, no descriptors but those it is given, and init as
// its parent. Whoever starts it waits until it says that it has begun, or why it could not.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "support/fd.h"

namespace ibuild::containers {

class Starting {
 public:
  explicit Starting(int report) : report_(report) {}
  // Lets the starter go on, with `result` for it. Once.
  void Succeed(std::string_view result);
  bool over() const { return report_ < 0; }

 private:
  int report_;
};

// Runs `work` there, and returns here what it gave to Succeed(). An Error that leaves `work` before
// is thrown here; after it, it only ends the process. `keep`: descriptors that the process needs.
std::string StartDetached(const std::vector<int>& keep, const std::function<void(Starting*)>& work);

// Closes every descriptor of this process but those and the standard streams.
void CloseAllBut(std::vector<int> keep);

}  // namespace ibuild::containers
