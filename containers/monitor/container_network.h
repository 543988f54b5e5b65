// The network of one container while it runs: its places on networks, its published ports, and the
// files in /etc that tell about them.
#pragma once

#include <string>
#include <vector>

#include "containers/monitor/helper_process.h"
#include "containers/monitor/port_forwarder.h"
#include "containers/network/router.h"
#include "containers/state/container_store.h"

namespace ibuild::containers {

class ContainerNetwork {
 public:
  ContainerNetwork(const NetworkStore& networks, const ContainerStore& containers)
      : networks_(networks), containers_(containers) {}

  // What the mode comes to: whether the container has a network of its own, and whether something
  // is to be done about that (Connect).
  struct Plan {
    bool own = true;
    bool connected = false;
  };
  Plan Prepare(const Container& container);

  // Opens the published ports; before the process leaves the machine's network.
  void OpenPorts(const Container& container);
  // Joins the network of the container's mode. A second call begins anew.
  void Connect(const Container& container, int net_namespace);
  // Joins one more; throws kAlreadyExists when it is there already.
  void Join(const Container& container, const std::string& network, int net_namespace,
            const std::vector<std::string>& aliases, const std::string& address);
  void Leave(const std::string& network);
  // Lets connections to published ports in.
  void StartForwarding();
  void Close();

  std::vector<Endpoint> Endpoints() const;
  const std::vector<PortBinding>& ports() const { return forwarder_.ports(); }

 private:
  struct Place {
    std::string interface;
    Joined joined;
    UniqueFd hosts;
  };

  std::string FreeInterface() const;
  std::string Outside() const;
  void WriteResolver(const Container& container);
  void NameMachine(const std::vector<std::string>& extra_hosts) const;
  void StartNames(const Container& container, int net_namespace);

  const NetworkStore& networks_;
  const ContainerStore& containers_;
  std::vector<Place> places_;
  std::string resolver_;  // what we have written to /etc/resolv.conf
  PortForwarder forwarder_;
  HelperProcess forwarding_;
  HelperProcess names_;
};

// Writes hosts, hostname and resolv.conf for a container that is on no network of ours.
void WriteEtcFiles(const Container& container, const std::string& name_server);

}  // namespace ibuild::containers
