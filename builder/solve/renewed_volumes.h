// RenewedVolumes: which cache mounts began anew in this build.
//
// A step that may not use the cache starts its cache mounts empty, but what it leaves in one is
// there for the next step of the same build. Any thread.
#pragma once

#include <mutex>
#include <set>
#include <string>

namespace ibuild::builder {

class RenewedVolumes {
 public:
  // True the first time that it is asked about a volume.
  bool IsFirst(const std::string& identity) {
    const std::scoped_lock lock(mutex_);
    return identities_.insert(identity).second;
  }

 private:
  std::mutex mutex_;
  std::set<std::string> identities_;
};

}  // namespace ibuild::builder
