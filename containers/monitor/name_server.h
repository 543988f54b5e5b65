// The name server of a container, where programs expect it that were made for Docker: at
// 127.0.0.11.
//
// It answers from the container's /etc/hosts, which routers keep current, and passes everything
// else on. Who it answers is the container alone, in whose network namespace it listens; what is
// asked may be hostile, so it is a process of its own, without capabilities.
#pragma once

#include <string>
#include <vector>

#include "containers/monitor/helper_process.h"

namespace ibuild::containers {

inline constexpr const char* kNameServerAddress = "127.0.0.11";

struct NameServerPlan {
  int net_namespace;                   // the container's, its loopback interface up
  int hosts;                           // its open /etc/hosts
  std::vector<std::string> upstreams;  // asked about all other names, in turn; may be empty
};

// Returns when it listens; nothing runs when it cannot, because the container itself has taken the
// place.
HelperProcess StartNameServer(const NameServerPlan& plan);

}  // namespace ibuild::containers
