// The router of a network: a process that holds the network's namespace, with a bridge in it, and
// connects the containers with each other and with the world.
//
//   machine --veth--+                       (real root only: containers' addresses work from here)
//                 bridge --veth-- container (eth0)
//   slirp4netns ----+                       (the way out and the name server, in user space)
//
// It gives out addresses, keeps the members' /etc/hosts current, and ends when the last member has
// left. Nothing of the machine is changed: no iptables, no sysctl; all that it made goes with its
// namespace, even when it is killed. Every network is one router, started by whoever needs it
// first.
#pragma once

#include <optional>
#include <string>

#include "containers/network/join_message.h"
#include "containers/network/network_store.h"
#include "layers/store/store_layout.h"
#include "support/fd.h"

namespace ibuild::containers {

struct Joined {
  UniqueFd connection;  // the place is given up when this is closed
  JoinAnswer answer;
  UniqueFd router_namespace;  // from where the container's address is reached
};

// Joins the container whose network namespace and open /etc/hosts these are, starting the router
// when there is none. Must be called by a process that is itself on the machine's network. Throws
// what stands in the way (kResourceExhausted: no subnet or no address is free).
Joined JoinNetwork(const NetworkStore& networks, const NetworkConfig& network,
                   const JoinRequest& request, int net_namespace, int hosts_file);

// A descriptor of the router's namespace; empty: it does not run.
UniqueFd OpenRouterNamespace(const NetworkStore& networks, const std::string& network);

// Who is on the network now, for `network inspect`; nothing when the router does not run.
struct RouterReport {
  std::string subnet;
  std::string gateway;
};
std::optional<RouterReport> AskRouter(const NetworkStore& networks, const std::string& network);

}  // namespace ibuild::containers
