#include "containers/network/router_place.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <utility>

#include "sandbox/host/host_facts.h"
#include "support/error.h"
#include "support/files.h"
#include "support/text.h"

namespace ibuild::containers {
namespace {

constexpr const char* kBridge = "bridge0";
constexpr const char* kTap = "outside";
// As large as slirp4netns takes: it copies every packet, so the fewer the better.
constexpr std::uint32_t kMtu = 65520;

// A namespace of its own, without moving there: a child makes it, and it lives on by our
// descriptor.
UniqueFd MakeNamespace() {
  Pipe made = MakePipe();
  Pipe opened = MakePipe();
  const pid_t child = fork();
  if (child < 0) ThrowErrno("starting a router");
  if (child == 0) {
    const char result = unshare(CLONE_NEWNET) == 0 ? 0 : static_cast<char>(errno);
    [[maybe_unused]] ssize_t done = write(made.write_end.get(), &result, 1);
    close(opened.write_end.get());
    char end = 0;
    done = read(opened.read_end.get(), &end, 1);
    _exit(0);
  }
  char result = 0;
  const ssize_t size = read(made.read_end.get(), &result, 1);
  UniqueFd fd;
  if (size == 1 && result == 0) fd = OpenFile(fmt::format("/proc/{}/ns/net", child), O_RDONLY);
  opened.write_end.Reset();
  waitpid(child, nullptr, 0);
  if (!fd) throw ErrnoError("making a network namespace", size == 1 ? result : EIO);
  return fd;
}

void Enter(int net_namespace) {
  if (setns(net_namespace, CLONE_NEWNET) != 0) ThrowErrno("entering a network namespace");
}

// Whose networks may meet: those of root on the machine, those of a user in his namespace only.
std::string Realm() {
  if (!builder::FindHostFacts().in_user_namespace) return {};
  struct stat state {};
  return stat("/proc/self/ns/user", &state) == 0 ? fmt::format("{}-", state.st_ino) : "";
}

// An abstract socket of that name in the machine's network namespace; empty: somebody has it.
UniqueFd MarkSubnet(const Subnet& subnet) {
  UniqueFd fd(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd) ThrowErrno("reserving a subnet");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string name = "ibuild-subnet-" + Realm() + FormatAddress(subnet.address);
  std::memcpy(address.sun_path + 1, name.data(), name.size());
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0) fd.Reset();
  return fd;
}

}  // namespace

ReservedSubnet ReserveSubnet(const NetworkConfig& network) {
  const std::vector<Subnet> used = ParseRoutes(ReadFileIfExists("/proc/net/route").value_or(""));
  const auto is_used = [&](const Subnet& subnet) {
    return std::any_of(used.begin(), used.end(),
                       [&](const Subnet& other) { return other.Overlaps(subnet); });
  };
  std::vector<Subnet> candidates =
      network.subnet.empty() ? DefaultSubnets() : std::vector{ParseSubnet(network.subnet)};
  // The first is what people expect of the network that is always there.
  if (network.subnet.empty() && !network.IsBuiltIn()) candidates.erase(candidates.begin());
  for (const Subnet& subnet : candidates) {
    if (is_used(subnet)) continue;
    if (UniqueFd mark = MarkSubnet(subnet)) return {subnet, std::move(mark)};
  }
  if (network.subnet.empty()) {
    throw Error(ErrorKind::kResourceExhausted, "no subnet is free for the network " + network.name)
        .WithHint(
            "`ibuild network create --subnet 10.N.0.0/16 NAME` makes one with a subnet of "
            "your choice");
  }
  throw Error(ErrorKind::kResourceExhausted,
              fmt::format("the subnet {} of network {} is in use on this machine", network.subnet,
                          network.name))
      .WithHint("`ip route` shows by what; another network with the same subnet may be in use");
}

RouterPlace::RouterPlace(const NetworkConfig& network, const Subnet& subnet)
    : subnet_(subnet), inside_(MakeNamespace()) {
  if (!network.internal) StartHelper();
  if (!builder::FindHostFacts().in_user_namespace) ConnectMachine(network);
  Enter(inside_.get());
  links_.emplace();
  links_->SetUp("lo");
  links_->CreateBridge(kBridge);
  if (machine_connected_) {
    links_->SetMtu("machine", kMtu);
    links_->SetMaster("machine", kBridge);
    links_->SetUp("machine");
  } else {
    links_->AddAddress(kBridge, subnet_.Machine(), subnet_.prefix);
  }
  links_->AddAddress(kBridge, subnet_.Bridge(), subnet_.prefix);
  links_->SetUp(kBridge);
}

// Before this process moves: the helper stays on the machine's network.
void RouterPlace::StartHelper() {
  const builder::NetworkTool tool = builder::FindNetworkTool();
  if (tool.program.empty()) return;
  helper_.emplace(
      tool, inside_.get(),
      builder::HelperPlace{
          .interface = kTap, .subnet = FormatSubnet(subnet_.RouterBlock()), .configure = false});
}

void RouterPlace::ConnectMachine(const NetworkConfig& network) {
  Netlink machine;
  const std::string name = "ib-" + network.id.substr(0, 5) + RandomHex(3);
  machine.CreateVeth(
      {.name = name, .peer = "machine", .peer_namespace = inside_.get(), .peer_mac = {}});
  machine.SetMtu(name, kMtu);
  machine.AddAddress(name, subnet_.Machine(), subnet_.prefix);
  machine.SetUp(name);
  machine_connected_ = true;
}

void RouterPlace::FinishOutside() {
  try {
    if (!helper_->IsReady()) return;
    links_->SetMtu(kTap, kMtu);
    links_->SetMaster(kTap, kBridge);
    links_->SetUp(kTap);
    outside_ready_ = true;
  } catch (const Error&) {  // the network works among containers and with the machine
    helper_.reset();
  }
}

void RouterPlace::Connect(int net_namespace, const Plug& plug) {
  links_->CreateVeth({.name = plug.port,
                      .peer = plug.interface,
                      .peer_namespace = net_namespace,
                      .peer_mac = plug.mac});
  links_->SetMtu(plug.port, kMtu);
  links_->SetMaster(plug.port, kBridge);
  links_->SetUp(plug.port);
  Enter(net_namespace);
  try {
    Netlink container;
    container.SetUp("lo");
    container.SetMtu(plug.interface, kMtu);
    container.AddAddress(plug.interface, plug.address, subnet_.prefix);
    container.SetUp(plug.interface);
    if (plug.default_route && helper_) container.AddDefaultRoute(subnet_.Outside());
  } catch (...) {
    Enter(inside_.get());
    throw;
  }
  Enter(inside_.get());
}

void RouterPlace::Disconnect(const std::string& port) { links_->Delete(port); }

}  // namespace ibuild::containers
