// Links, addresses and routes of a network namespace (rtnetlink(7)), as far as containers need
// them.
//
// A Netlink speaks to the namespace that the thread was in when it was made. Failures throw
// ErrnoError naming the link.
#pragma once

#include <cstdint>
#include <string>

#include "support/fd.h"

namespace ibuild::containers {

struct VethPair {
  std::string name;      // here
  std::string peer;      // there
  int peer_namespace;    // descriptor of a network namespace
  std::string peer_mac;  // "02:42:ac:11:00:02"; empty: any
};

class Netlink {
 public:
  Netlink();

  void CreateBridge(const std::string& name);
  void CreateVeth(const VethPair& pair);
  void SetMaster(const std::string& name, const std::string& bridge);
  void SetUp(const std::string& name);
  void SetMtu(const std::string& name, std::uint32_t mtu);
  void AddAddress(const std::string& name, std::uint32_t address, int prefix);
  void AddDefaultRoute(std::uint32_t gateway);
  void Delete(const std::string& name);  // that it is gone already is fine

 private:
  class Message;
  void Ask(const Message& message, const std::string& what);

  UniqueFd socket_;
  std::uint32_t sequence_ = 0;
};

}  // namespace ibuild::containers
