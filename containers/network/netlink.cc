#include "containers/network/netlink.h"

#include <fmt/format.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string_view>

#include "support/error.h"

namespace ibuild::containers {

// A request under construction: a header, a family-specific part, attributes that may nest.
class Netlink::Message {
 public:
  template <typename Body>
  Message(std::uint16_t type, std::uint16_t flags, const Body& body) {
    nlmsghdr header{};
    header.nlmsg_type = type;
    header.nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | NLM_F_ACK | flags);
    Append(&header, sizeof header);
    Append(&body, sizeof body);
  }

  template <typename T>
  void AppendBody(const T& body) {
    Append(&body, sizeof body);
  }

  void Attribute(std::uint16_t type, std::string_view bytes) {
    const std::size_t start = Begin(type);
    Append(bytes.data(), bytes.size());
    End(start);
  }
  void Text(std::uint16_t type, const std::string& text) {
    Attribute(type, std::string_view(text.c_str(), text.size() + 1));
  }
  void Number(std::uint16_t type, std::uint32_t value) {
    Attribute(type, std::string_view(reinterpret_cast<const char*>(&value), sizeof value));
  }

  std::size_t Begin(std::uint16_t type) {
    const std::size_t start = bytes_.size();
    const rtattr attribute{sizeof(rtattr), type};
    Append(&attribute, sizeof attribute);
    return start;
  }
  void End(std::size_t start) {
    const auto length = static_cast<std::uint16_t>(bytes_.size() - start);
    std::memcpy(bytes_.data() + start, &length, sizeof length);
    bytes_.resize(NLMSG_ALIGN(bytes_.size()));
  }

  std::string Finish(std::uint32_t sequence) const {
    std::string bytes = bytes_;
    const auto length = static_cast<std::uint32_t>(bytes.size());
    std::memcpy(bytes.data() + offsetof(nlmsghdr, nlmsg_len), &length, sizeof length);
    std::memcpy(bytes.data() + offsetof(nlmsghdr, nlmsg_seq), &sequence, sizeof sequence);
    return bytes;
  }

 private:
  // Padding comes after an attribute's length is known: the kernel takes the length at its word.
  void Append(const void* data, std::size_t size) {
    bytes_.append(static_cast<const char*>(data), size);
  }

  std::string bytes_;
};

namespace {

constexpr std::uint16_t kMake = NLM_F_CREATE | NLM_F_EXCL;

std::string ParseMac(const std::string& text) {
  std::array<unsigned, 6> parts{};
  if (std::sscanf(text.c_str(), "%x:%x:%x:%x:%x:%x", &parts[0], &parts[1], &parts[2], &parts[3],
                  &parts[4], &parts[5]) != 6) {
    throw Error(ErrorKind::kInvalidInput, text + " is no MAC address");
  }
  std::string mac;
  for (unsigned part : parts) mac.push_back(static_cast<char>(part));
  return mac;
}

int IndexOf(const std::string& name) {
  const unsigned index = if_nametoindex(name.c_str());
  if (index == 0) ThrowErrno("finding network interface " + name);
  return static_cast<int>(index);
}

ifinfomsg Link(const std::string& name) {
  ifinfomsg link{};
  link.ifi_index = IndexOf(name);
  return link;
}

}  // namespace

Netlink::Netlink() : socket_(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE)) {
  if (!socket_) ThrowErrno("talking to the kernel about networks");
}

void Netlink::Ask(const Message& message, const std::string& what) {
  const std::string bytes = message.Finish(++sequence_);
  if (send(socket_.get(), bytes.data(), bytes.size(), 0) < 0) ThrowErrno(what);
  alignas(nlmsghdr) std::array<char, 8192> answer{};
  for (;;) {
    const ssize_t size = recv(socket_.get(), answer.data(), answer.size(), 0);
    if (size < 0 && errno == EINTR) continue;
    if (size < static_cast<ssize_t>(sizeof(nlmsghdr))) ThrowErrno(what);
    nlmsghdr header{};
    std::memcpy(&header, answer.data(), sizeof header);
    if (header.nlmsg_seq != sequence_ || header.nlmsg_type != NLMSG_ERROR) continue;
    nlmsgerr error{};
    std::memcpy(&error, answer.data() + NLMSG_HDRLEN, sizeof error);
    if (error.error != 0) throw ErrnoError(what, -error.error);
    return;
  }
}

void Netlink::CreateBridge(const std::string& name) {
  Message message(RTM_NEWLINK, kMake, ifinfomsg{});
  message.Text(IFLA_IFNAME, name);
  const std::size_t info = message.Begin(IFLA_LINKINFO);
  message.Text(IFLA_INFO_KIND, "bridge");
  message.End(info);
  Ask(message, "making bridge " + name);
}

void Netlink::CreateVeth(const VethPair& pair) {
  Message message(RTM_NEWLINK, kMake, ifinfomsg{});
  message.Text(IFLA_IFNAME, pair.name);
  const std::size_t info = message.Begin(IFLA_LINKINFO);
  message.Text(IFLA_INFO_KIND, "veth");
  const std::size_t data = message.Begin(IFLA_INFO_DATA);
  const std::size_t peer = message.Begin(VETH_INFO_PEER);
  message.AppendBody(ifinfomsg{});
  message.Text(IFLA_IFNAME, pair.peer);
  message.Number(IFLA_NET_NS_FD, static_cast<std::uint32_t>(pair.peer_namespace));
  if (!pair.peer_mac.empty()) message.Attribute(IFLA_ADDRESS, ParseMac(pair.peer_mac));
  message.End(peer);
  message.End(data);
  message.End(info);
  Ask(message, fmt::format("connecting {} with {}", pair.name, pair.peer));
}

void Netlink::SetMaster(const std::string& name, const std::string& bridge) {
  Message message(RTM_NEWLINK, 0, Link(name));
  message.Number(IFLA_MASTER, static_cast<std::uint32_t>(IndexOf(bridge)));
  Ask(message, fmt::format("plugging {} into {}", name, bridge));
}

void Netlink::SetUp(const std::string& name) {
  ifinfomsg link = Link(name);
  link.ifi_flags = IFF_UP;
  link.ifi_change = IFF_UP;
  Ask(Message(RTM_NEWLINK, 0, link), "bringing up " + name);
}

void Netlink::SetMtu(const std::string& name, std::uint32_t mtu) {
  Message message(RTM_NEWLINK, 0, Link(name));
  message.Number(IFLA_MTU, mtu);
  Ask(message, "setting the MTU of " + name);
}

void Netlink::AddAddress(const std::string& name, std::uint32_t address, int prefix) {
  ifaddrmsg body{};
  body.ifa_family = AF_INET;
  body.ifa_prefixlen = static_cast<std::uint8_t>(prefix);
  body.ifa_index = static_cast<std::uint32_t>(IndexOf(name));
  Message message(RTM_NEWADDR, kMake, body);
  message.Number(IFA_LOCAL, htonl(address));
  message.Number(IFA_ADDRESS, htonl(address));
  message.Number(IFA_BROADCAST, htonl(address | (prefix >= 32 ? 0 : ~0U >> prefix)));
  Ask(message, "giving an address to " + name);
}

void Netlink::AddDefaultRoute(std::uint32_t gateway) {
  rtmsg body{};
  body.rtm_family = AF_INET;
  body.rtm_table = RT_TABLE_MAIN;
  body.rtm_protocol = RTPROT_BOOT;
  body.rtm_scope = RT_SCOPE_UNIVERSE;
  body.rtm_type = RTN_UNICAST;
  Message message(RTM_NEWROUTE, NLM_F_CREATE, body);
  message.Number(RTA_GATEWAY, htonl(gateway));
  Ask(message, "setting the default route");
}

void Netlink::Delete(const std::string& name) {
  if (if_nametoindex(name.c_str()) == 0) return;
  Ask(Message(RTM_DELLINK, 0, Link(name)), "removing network interface " + name);
}

}  // namespace ibuild::containers
