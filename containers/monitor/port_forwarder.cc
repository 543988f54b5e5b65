#include "containers/monitor/port_forwarder.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "containers/monitor/connection_pump.h"
#include "support/error.h"

namespace ibuild::containers {
namespace {

constexpr int kBacklog = 512;

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

Address AddressOf(const PortBinding& port) {
  Address address;
  if (port.host_address.find(':') != std::string::npos) {
    auto* const six = reinterpret_cast<sockaddr_in6*>(&address.storage);
    six->sin6_family = AF_INET6;
    six->sin6_port = htons(port.host_port);
    address.size = sizeof *six;
    if (inet_pton(AF_INET6, port.host_address.c_str(), &six->sin6_addr) == 1) return address;
  } else {
    auto* const four = reinterpret_cast<sockaddr_in*>(&address.storage);
    four->sin_family = AF_INET;
    four->sin_port = htons(port.host_port);
    address.size = sizeof *four;
    const std::string text = port.host_address.empty() ? "0.0.0.0" : port.host_address;
    if (inet_pton(AF_INET, text.c_str(), &four->sin_addr) == 1) return address;
  }
  throw Error(ErrorKind::kUsage,
              fmt::format("{} is no address to publish a port at", port.host_address));
}

[[noreturn]] void Refuse(const PortBinding& port, int error_number) {
  const std::string place = HostPlace(port);
  if (error_number == EADDRINUSE) {
    throw Error(ErrorKind::kAlreadyExists,
                fmt::format("Bind for {} failed: port is already allocated", place))
        .WithHint(
            "choose another port of this machine, or let one be chosen: `-p CONTAINER`; "
            "`ibuild ps` shows the ports of containers");
  }
  if (error_number == EACCES) {
    throw Error(ErrorKind::kPermissionDenied,
                fmt::format("port {} needs root: an ordinary user may not listen below 1024",
                            port.host_port))
        .WithHint(fmt::format("publish a higher one (`-p {}:{}`), or as root: sysctl -w "
                              "net.ipv4.ip_unprivileged_port_start={}",
                              port.host_port + 8000, port.container_port, port.host_port));
  }
  throw ErrnoError("listening at " + place, error_number);
}

UniqueFd Open(PortBinding* port) {
  Address address = AddressOf(*port);
  const bool tcp = port->protocol == "tcp";
  UniqueFd fd(socket(address.storage.ss_family,
                     (tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) ThrowErrno("opening a port");
  const int on = 1;
  if (address.storage.ss_family == AF_INET6) {  // the older kind has a socket of its own
    setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  }
  if (tcp) setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  auto* const generic = reinterpret_cast<sockaddr*>(&address.storage);
  if (bind(fd.get(), generic, address.size) != 0) Refuse(*port, errno);
  if (tcp && listen(fd.get(), kBacklog) != 0) Refuse(*port, errno);
  if (port->host_port == 0 && getsockname(fd.get(), generic, &address.size) == 0) {
    port->host_port = ntohs(address.storage.ss_family == AF_INET6
                                ? reinterpret_cast<sockaddr_in6*>(generic)->sin6_port
                                : reinterpret_cast<sockaddr_in*>(generic)->sin_port);
  }
  return fd;
}

}  // namespace

PortForwarder::PortForwarder(const std::vector<PortBinding>& ports) {
  for (PortBinding port : ports) {
    sockets_.push_back(Open(&port));
    ports_.push_back(port);
    if (!port.host_address.empty()) continue;
    port.host_address = "::";
    try {
      sockets_.push_back(Open(&port));
      ports_.push_back(port);
    } catch (const Error& error) {  // a machine without IPv6 does without
      if (error.kind() == ErrorKind::kAlreadyExists) throw;
    }
  }
}

HelperProcess PortForwarder::Start(int net_namespace, std::uint32_t container) const {
  HelperProcess::Plan plan{.name = "ibuild-ports", .net_namespace = net_namespace, .keep = {}};
  for (const UniqueFd& socket : sockets_) plan.keep.push_back(socket.get());
  return HelperProcess::Start(plan, [&](int life) {
    ConnectionPump pump(life);
    for (std::size_t i = 0; i < ports_.size(); ++i) {
      const Target target{container, ports_[i].container_port};
      if (ports_[i].protocol == "tcp") {
        pump.Listen(sockets_[i].get(), target);
      } else {
        pump.ListenForDatagrams(sockets_[i].get(), target);
      }
    }
    pump.Run();
  });
}

}  // namespace ibuild::containers
