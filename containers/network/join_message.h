// What a container's monitor and the router of a network say to each other. Pure.
//
// One message each way when the container joins, with two descriptors: its network namespace and
// its /etc/hosts. Then the connection stands for the place on the network: it is given up by
// closing it, by whatever end the monitor comes to.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "containers/model/container.h"

namespace ibuild::containers {

struct JoinRequest {
  std::string id;
  std::string name;
  std::string hostname;  // with its domain: "web.lan web"
  std::vector<std::string> aliases;
  std::vector<std::string> links;  // "NAME-OR-ID:alias"
  std::string address;             // asked for; empty: any
  std::string mac;                 // asked for; empty: any
  std::string interface;           // "eth0"
  bool see_all = false;            // names of all members, not only those of links
  bool default_route = true;
};

struct JoinAnswer {
  std::string error;  // empty: it worked
  std::string hint;
  Endpoint endpoint;
  std::string name_server;  // empty: nobody answers names
};

std::string Serialize(const JoinRequest& request);
std::string Serialize(const JoinAnswer& answer);
JoinRequest ParseJoinRequest(std::string_view text);  // throws kInvalidInput
JoinAnswer ParseJoinAnswer(std::string_view text);

// Of a container that is on the network, for the others.
struct Member {
  JoinRequest request;
  Endpoint endpoint;
};
// What a container is called on a network where all know each other, each name once.
std::vector<std::string> OwnNames(const JoinRequest& request);

// What `self`'s /etc/hosts says of a network: its own address, and those of the others that it may
// know by name.
std::string HostsFor(const Member& self, const std::vector<const Member*>& others);

// The text of /etc/hosts with other lines about this network; none of them: without the network.
// Each network has a part of its own, which begins with a comment, because a container may be on
// several, and its own lines stay what they are.
std::string WithSection(std::string_view hosts, std::string_view network, std::string_view lines);

}  // namespace ibuild::containers
