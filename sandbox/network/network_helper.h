// The program that connects a step's own network namespace with the world: slirp4netns(1), a router
// and name server in user space that needs no privilege on the host.
//
// The step's interface is eth0 with 10.0.2.100/24; gateway 10.0.2.2, name server 10.0.2.3. The
// host's loopback is not reachable through it (CVE-2021-20199). It runs with an empty environment,
// sandboxed by its own means, and ends with its owner, even when that is killed.
#pragma once

#include <chrono>
#include <string>

#include "support/fd.h"
#include "support/process.h"

namespace ibuild::builder {

// What this machine has for it.
struct NetworkTool {
  std::string program;                         // absolute path; empty: none can be used
  std::string obstacle;                        // why not
  std::string hint;                            // what would help
  std::chrono::milliseconds patience{10'000};  // how long it may take to be ready
};

// Looks in the system's own directories, never in PATH, and at /dev/net/tun.
NetworkTool FindNetworkTool();

inline constexpr const char* kHelperNameServer = "10.0.2.3";

// Where it stands. In the subnet, the gateway is the second and the name server the third address.
struct HelperPlace {
  std::string interface = "eth0";
  std::string subnet = "10.0.2.0/24";
  bool configure = true;  // gives the interface an address and a route, and brings it up
};

class NetworkHelper {
 public:
  // Starts it on the namespace of this descriptor; does not wait.
  NetworkHelper(const NetworkTool& tool, int net_namespace, const HelperPlace& place = {});

  // Readable when IsReady has something new to say.
  int fd() const { return ready_.get(); }
  // Until it is ready or too late.
  std::chrono::milliseconds Patience() const;
  // Throws kUnavailable with what it said when it ended too early or its time is up.
  bool IsReady();

 private:
  using Clock = std::chrono::steady_clock;
  struct Channels;

  NetworkHelper(const NetworkTool& tool, int net_namespace, const HelperPlace& place,
                Channels channels);
  [[noreturn]] void GiveUp(const std::string& what) const;

  std::string program_;
  Clock::time_point deadline_;
  UniqueFd ready_;
  UniqueFd alive_;  // the helper ends when this end of a pipe is closed, by us or by our death
  UniqueFd log_;
  ChildProcess process_;
};

}  // namespace ibuild::builder
