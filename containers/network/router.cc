#include "containers/network/router.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <list>
#include <set>
#include <utility>

#include "containers/network/hosts_file.h"
#include "containers/network/router_place.h"
#include "containers/network/subnet.h"
#include "containers/state/detached_process.h"
#include "containers/state/unix_socket.h"
#include "support/error.h"
#include "support/files.h"

namespace ibuild::containers {
namespace {

namespace fs = std::filesystem;

constexpr const char* kReportRequest = "report";

struct Guest {
  Member member;
  UniqueFd connection;
  UniqueFd hosts;
  std::string port;
};

struct Waiting {
  UniqueFd connection;
};

class Router {
 public:
  Router(NetworkConfig network, const fs::path& directory)
      : network_(std::move(network)),
        reserved_(ReserveSubnet(network_)),
        place_(network_, reserved_.subnet),
        lock_(directory / "start"),
        listener_(ListenAt(directory / "socket")),
        socket_(directory / "socket") {
    WriteFileAtomically(directory / "pid", std::to_string(getpid()), 0600);
  }

  // Returns when the last guest has left.
  void Run() {
    while (!IsFinished()) {
      Poll();
      place_.outside() >= 0 ? place_.FinishOutside() : void();
      while (place_.outside() < 0 && !waiting_.empty()) {
        Serve(std::move(waiting_.front()));
        waiting_.pop_front();
      }
    }
  }

 private:
  void Poll() {
    constexpr int kLinger = 20;  // ms, between looks whether somebody is about to come
    std::vector<pollfd> waits = {{listener_.get(), POLLIN, 0}, {place_.outside(), POLLIN, 0}};
    for (const Guest& guest : guests_) waits.push_back({guest.connection.get(), POLLIN, 0});
    const bool idle = guests_.empty() && waiting_.empty();
    if (poll(waits.data(), waits.size(), idle ? kLinger : -1) <= 0) return;
    std::size_t index = 2;
    bool left = false;
    for (auto guest = guests_.begin(); guest != guests_.end(); ++index) {
      if (waits[index].revents == 0) {
        ++guest;
        continue;
      }
      Release(*guest);
      guest = guests_.erase(guest);
      left = true;
    }
    if (left) TellAll();
    if (waits[0].revents == 0) return;
    if (UniqueFd connection = AcceptFrom(listener_.get())) {
      waiting_.push_back({std::move(connection)});
    }
  }

  // Nobody is here, and nobody who holds the lock is about to connect.
  bool IsFinished() {
    if (!guests_.empty() || !waiting_.empty()) return false;
    const auto lock = FileLock::TryAcquire(lock_, FileLock::Mode::kExclusive);
    if (!lock) return false;
    pollfd wait{listener_.get(), POLLIN, 0};
    if (poll(&wait, 1, 0) > 0) return false;
    unlink(socket_.c_str());
    return true;
  }

  void Serve(Waiting visitor) {
    JoinAnswer answer;
    try {
      auto message = ReceiveMessage(visitor.connection.get());
      if (!message || message->bytes.empty()) return;
      if (message->bytes == kReportRequest) {
        answer.endpoint = Describe(0, {});
        SendMessage(visitor.connection.get(), Serialize(answer), {place_.net_namespace()});
        return;
      }
      Admit(&visitor, std::move(*message), &answer);
    } catch (const Error& error) {
      answer.error = error.message();
      answer.hint = error.hint();
      SendMessage(visitor.connection.get(), Serialize(answer));
    }
  }

  // Takes the visitor's connection when nothing can go wrong any more.
  void Admit(Waiting* visitor, ReceivedMessage message, JoinAnswer* answer) {
    Guest guest;
    guest.member.request = ParseJoinRequest(message.bytes);
    if (message.descriptors.size() != 2) {
      throw Error(ErrorKind::kInternal, "a container without namespace wants to join a network");
    }
    const std::uint32_t address = ChooseAddress(guest.member.request.address);
    guest.port = fmt::format("port{}", next_port_++);
    place_.Connect(message.descriptors[0].get(),
                   {.interface = guest.member.request.interface,
                    .port = guest.port,
                    .address = address,
                    .mac = MacOf(guest.member.request, address),
                    .default_route = guest.member.request.default_route});
    guest.member.endpoint = Describe(address, guest.member.request.aliases);
    guest.member.endpoint.mac = MacOf(guest.member.request, address);
    guest.hosts = std::move(message.descriptors[1]);
    answer->endpoint = guest.member.endpoint;
    if (place_.HasOutside()) answer->name_server = FormatAddress(reserved_.subnet.NameServer());
    const int connection = visitor->connection.get();
    guest.connection = std::move(visitor->connection);
    taken_.insert(address);
    guests_.push_back(std::move(guest));
    TellAll();
    SendMessage(connection, Serialize(*answer), {place_.net_namespace()});
  }

  std::uint32_t ChooseAddress(const std::string& wanted) const {
    const Subnet& subnet = reserved_.subnet;
    if (wanted.empty()) {
      if (const auto address = FreeAddress(subnet, taken_)) return *address;
      throw Error(ErrorKind::kResourceExhausted, "no address is left on network " + network_.name);
    }
    const auto address = ParseAddress(wanted);
    const bool usable = address && subnet.Contains(*address) &&
                        !subnet.RouterBlock().Contains(*address) && *address != subnet.address &&
                        *address != subnet.Machine();
    if (!usable) {
      throw Error(ErrorKind::kInvalidInput,
                  fmt::format("{} is no address for a container on network {} ({})", wanted,
                              network_.name, FormatSubnet(subnet)));
    }
    if (taken_.count(*address) != 0) {
      throw Error(ErrorKind::kAlreadyExists, fmt::format("Address already in use: {}", wanted));
    }
    return *address;
  }

  static std::string MacOf(const JoinRequest& request, std::uint32_t address) {
    return request.mac.empty() ? MacFor(address) : request.mac;
  }

  Endpoint Describe(std::uint32_t address, const std::vector<std::string>& aliases) const {
    const Subnet& subnet = reserved_.subnet;
    Endpoint endpoint;
    endpoint.network = network_.name;
    endpoint.address = address == 0 ? FormatSubnet(subnet) : FormatAddress(address);
    endpoint.prefix = subnet.prefix;
    endpoint.gateway = FormatAddress(subnet.Machine());
    endpoint.aliases = aliases;
    return endpoint;
  }

  void Release(const Guest& guest) {
    taken_.erase(ParseAddress(guest.member.endpoint.address).value_or(0));
    place_.Disconnect(guest.port);
  }

  void TellAll() {
    for (const Guest& guest : guests_) {
      std::vector<const Member*> others;
      for (const Guest& other : guests_) {
        if (&other != &guest) others.push_back(&other.member);
      }
      RewriteHosts(guest.hosts.get(), network_.name, HostsFor(guest.member, others));
    }
  }

  NetworkConfig network_;
  ReservedSubnet reserved_;
  RouterPlace place_;
  fs::path lock_;
  UniqueFd listener_;
  fs::path socket_;
  std::list<Guest> guests_;
  std::list<Waiting> waiting_;
  std::set<std::uint32_t> taken_;
  std::uint64_t next_port_ = 0;
};

void RunRouter(const NetworkConfig& network, const fs::path& directory, Starting* starting) {
  prctl(PR_SET_NAME, "ibuild-router", 0, 0, 0);
  std::optional<Router> router;
  router.emplace(network, directory);
  starting->Succeed({});
  router->Run();
}

// A connection to the router, which is started when there is none.
UniqueFd Reach(const NetworkStore& networks, const NetworkConfig& network) {
  const fs::path directory = networks.Directory(network.name);
  const FileLock lock = FileLock::Acquire(directory / "start", FileLock::Mode::kExclusive);
  if (UniqueFd connection = ConnectTo(directory / "socket")) return connection;
  StartDetached({}, [&](Starting* starting) { RunRouter(network, directory, starting); });
  UniqueFd connection = ConnectTo(directory / "socket");
  if (!connection) {
    throw Error(ErrorKind::kUnavailable,
                fmt::format("the router of network {} ended at once", network.name));
  }
  return connection;
}

std::optional<ReceivedMessage> Report(const NetworkStore& networks, const std::string& network) {
  const UniqueFd connection = ConnectTo(networks.Directory(network) / "socket");
  if (!connection) return std::nullopt;
  if (SendMessage(connection.get(), kReportRequest) != SendResult::kSent) return std::nullopt;
  auto message = ReceiveMessage(connection.get());
  if (!message || message->bytes.empty()) return std::nullopt;
  return message;
}

}  // namespace

Joined JoinNetwork(const NetworkStore& networks, const NetworkConfig& network,
                   const JoinRequest& request, int net_namespace, int hosts_file) {
  Joined joined;
  joined.connection = Reach(networks, network);
  SendMessage(joined.connection.get(), Serialize(request), {net_namespace, hosts_file});
  auto message = ReceiveMessage(joined.connection.get());
  if (!message || message->bytes.empty()) {
    throw Error(ErrorKind::kUnavailable,
                fmt::format("the router of network {} ended", network.name))
        .WithHint("start the container again: that starts a new router");
  }
  joined.answer = ParseJoinAnswer(message->bytes);
  if (!joined.answer.error.empty()) {
    throw Error(ErrorKind::kUnavailable, joined.answer.error).WithHint(joined.answer.hint);
  }
  if (!message->descriptors.empty()) {
    joined.router_namespace = std::move(message->descriptors.front());
  }
  return joined;
}

UniqueFd OpenRouterNamespace(const NetworkStore& networks, const std::string& network) {
  auto message = Report(networks, network);
  if (!message || message->descriptors.empty()) return UniqueFd();
  return std::move(message->descriptors.front());
}

std::optional<RouterReport> AskRouter(const NetworkStore& networks, const std::string& network) {
  const auto message = Report(networks, network);
  if (!message) return std::nullopt;
  const JoinAnswer answer = ParseJoinAnswer(message->bytes);
  return RouterReport{answer.endpoint.address, answer.endpoint.gateway};
}

}  // namespace ibuild::containers
