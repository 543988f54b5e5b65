// The network namespace of a router while it is set up: bridge, ways to the machine and to the
// world.
#pragma once

#include <optional>
#include <string>

#include "containers/network/netlink.h"
#include "containers/network/network_store.h"
#include "containers/network/subnet.h"
#include "sandbox/network/network_helper.h"
#include "support/fd.h"

namespace ibuild::containers {

// The subnet of a network is marked as taken, for all stores whose networks may meet, by the name
// of a socket, which the kernel frees when its process ends.
struct ReservedSubnet {
  Subnet subnet;
  UniqueFd mark;
};
// The one that the network wants, else the first that is free. Throws kResourceExhausted.
ReservedSubnet ReserveSubnet(const NetworkConfig& network);

class RouterPlace {
 public:
  // Makes all of it and moves this process into the new namespace for good. The way out is being
  // made meanwhile: call FinishOutside() when outside() is readable.
  RouterPlace(const NetworkConfig& network, const Subnet& subnet);

  int net_namespace() const { return inside_.get(); }
  bool HasOutside() const { return helper_.has_value(); }
  // To be polled until the way out is ready; -1: it is, or there is none.
  int outside() const { return helper_ && !outside_ready_ ? helper_->fd() : -1; }
  // Plugs it in when it is ready; when it failed, there is none.
  void FinishOutside();
  // Whether the machine itself has a place on the network.
  bool machine_connected() const { return machine_connected_; }

  // Connects the container of this namespace with the bridge.
  struct Plug {
    std::string interface;  // in the container
    std::string port;       // on the bridge
    std::uint32_t address;
    std::string mac;
    bool default_route;
  };
  void Connect(int net_namespace, const Plug& plug);
  void Disconnect(const std::string& port);

 private:
  void ConnectMachine(const NetworkConfig& network);
  void StartHelper();

  Subnet subnet_;
  UniqueFd inside_;
  bool machine_connected_ = false;
  bool outside_ready_ = false;
  std::optional<builder::NetworkHelper> helper_;
  std::optional<Netlink> links_;
};

}  // namespace ibuild::containers
