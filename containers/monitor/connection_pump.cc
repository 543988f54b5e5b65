#include "containers/monitor/connection_pump.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include "support/error.h"

namespace ibuild::containers {

using Clock = std::chrono::steady_clock;

struct ConnectionPump::Source {
  enum class Kind { kLife, kListener, kConnection, kPort, kClient };
  explicit Source(Kind the_kind) : kind(the_kind) {}
  Kind kind;
};

struct ConnectionPump::Listener : Source {
  Listener(int the_fd, Target the_target)
      : Source(Kind::kListener), fd(the_fd), target(the_target) {}
  int fd;
  Target target;
};

namespace {

constexpr std::size_t kPipeSize = 256U << 10;
constexpr auto kDatagramPatience = std::chrono::seconds(60);

// One direction: what was read waits in a pipe until it can be written.
struct Flow {
  Pipe pipe = MakePipe();
  std::size_t waiting = 0;
  bool source_ended = false;
  bool target_ended = false;  // and told so

  // False: the connection is broken.
  bool Move(int from, int to) {
    for (bool progress = true; progress;) {
      progress = false;
      if (!source_ended && waiting < kPipeSize) {
        const ssize_t got = splice(from, nullptr, pipe.write_end.get(), nullptr, kPipeSize,
                                   SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
        if (got == 0) source_ended = true;
        if (got < 0 && errno != EAGAIN && errno != EINTR) return false;
        if (got > 0) waiting += static_cast<std::size_t>(got);
      }
      if (waiting > 0) {
        const ssize_t put = splice(pipe.read_end.get(), nullptr, to, nullptr, waiting,
                                   SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
        if (put < 0 && errno != EAGAIN && errno != EINTR) return false;
        if (put > 0) {
          waiting -= static_cast<std::size_t>(put);
          progress = true;
        }
      }
    }
    if (source_ended && waiting == 0 && !target_ended) {
      shutdown(to, SHUT_WR);
      target_ended = true;
    }
    return true;
  }
};

sockaddr_in AddressOf(const Target& target) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(target.address);
  address.sin_port = htons(target.port);
  return address;
}

UniqueFd ConnectTo(const Target& target, int type) {
  UniqueFd fd(socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const sockaddr_in address = AddressOf(target);
  if (fd && connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 &&
      errno != EINPROGRESS) {
    fd.Reset();
  }
  return fd;
}

}  // namespace

struct ConnectionPump::Connection : Source {
  Connection(UniqueFd the_client, UniqueFd the_server)
      : Source(Kind::kConnection), client(std::move(the_client)), server(std::move(the_server)) {}
  UniqueFd client;
  UniqueFd server;
  bool connected = false;
  bool over = false;
  Flow in;
  Flow out;
};

struct ConnectionPump::DatagramClient : Source {
  DatagramClient(DatagramPort* the_port, UniqueFd the_fd)
      : Source(Kind::kClient), port(the_port), fd(std::move(the_fd)) {}
  DatagramPort* port;
  UniqueFd fd;
  sockaddr_storage address{};
  socklen_t size = 0;
  Clock::time_point last = Clock::now();
};

struct ConnectionPump::DatagramPort : Source {
  DatagramPort(int the_fd, Target the_target)
      : Source(Kind::kPort), fd(the_fd), target(the_target) {}
  int fd;
  Target target;
  std::map<std::string, std::unique_ptr<DatagramClient>> clients;  // by address
};

ConnectionPump::ConnectionPump(int life) : epoll_(epoll_create1(EPOLL_CLOEXEC)) {
  if (!epoll_) ThrowErrno("preparing to forward ports");
  static Source life_source(Source::Kind::kLife);
  Watch(life, EPOLLIN, &life_source);
}

ConnectionPump::~ConnectionPump() = default;

void ConnectionPump::Watch(int fd, std::uint32_t events, Source* source) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = source;
  if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) ThrowErrno("watching a socket");
}

void ConnectionPump::Listen(int listener, Target target) {
  listeners_.push_back(std::make_unique<Listener>(listener, target));
  Watch(listener, EPOLLIN, listeners_.back().get());
}

void ConnectionPump::ListenForDatagrams(int socket, Target target) {
  datagram_ports_.push_back(std::make_unique<DatagramPort>(socket, target));
  Watch(socket, EPOLLIN, datagram_ports_.back().get());
}

void ConnectionPump::Accept(Listener& listener) {
  for (;;) {
    UniqueFd client(accept4(listener.fd, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!client) return;
    UniqueFd server = ConnectTo(listener.target, SOCK_STREAM);
    if (!server) continue;
    const int on = 1;
    for (const UniqueFd* end : {&client, &server}) {
      setsockopt(end->get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    try {
      auto connection = std::make_unique<Connection>(std::move(client), std::move(server));
      for (const UniqueFd* end : {&connection->client, &connection->server}) {
        Watch(end->get(), EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, connection.get());
      }
      connections_.push_back(std::move(connection));
    } catch (const Error&) {  // too many descriptors: this one is turned away
    }
  }
}

void ConnectionPump::Advance(Connection& connection) {
  if (connection.over) return;
  if (!connection.connected) {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(connection.server.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    sockaddr_in peer{};
    socklen_t peer_size = sizeof peer;
    if (error != 0) {
      connection.over = true;
      return;
    }
    if (getpeername(connection.server.get(), reinterpret_cast<sockaddr*>(&peer), &peer_size) != 0) {
      return;  // on the way
    }
    connection.connected = true;
  }
  const bool works = connection.in.Move(connection.client.get(), connection.server.get()) &&
                     connection.out.Move(connection.server.get(), connection.client.get());
  connection.over = !works || (connection.in.target_ended && connection.out.target_ended);
}

void ConnectionPump::ReceiveFromWorld(DatagramPort& port) {
  std::array<char, 65536> buffer;
  for (;;) {
    sockaddr_storage from{};
    socklen_t size = sizeof from;
    const ssize_t got = recvfrom(port.fd, buffer.data(), buffer.size(), MSG_DONTWAIT,
                                 reinterpret_cast<sockaddr*>(&from), &size);
    if (got < 0) return;
    auto& client = port.clients[std::string(reinterpret_cast<const char*>(&from), size)];
    if (!client) {
      UniqueFd fd = ConnectTo(port.target, SOCK_DGRAM);
      if (!fd) return;
      client = std::make_unique<DatagramClient>(&port, std::move(fd));
      client->address = from;
      client->size = size;
      Watch(client->fd.get(), EPOLLIN, client.get());
    }
    client->last = Clock::now();
    send(client->fd.get(), buffer.data(), static_cast<std::size_t>(got), MSG_DONTWAIT);
  }
}

void ConnectionPump::ReceiveFromContainer(DatagramClient& client) {
  std::array<char, 65536> buffer;
  for (;;) {
    const ssize_t got = recv(client.fd.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got < 0) return;
    client.last = Clock::now();
    sendto(client.port->fd, buffer.data(), static_cast<std::size_t>(got), MSG_DONTWAIT,
           reinterpret_cast<const sockaddr*>(&client.address), client.size);
  }
}

void ConnectionPump::Sweep() {
  connections_.remove_if([](const auto& connection) { return connection->over; });
  const auto now = Clock::now();
  for (const auto& port : datagram_ports_) {
    std::erase_if(port->clients,
                  [&](const auto& entry) { return now - entry.second->last > kDatagramPatience; });
  }
}

void ConnectionPump::Run() {
  std::array<epoll_event, 64> events;
  for (;;) {
    const bool timed = !datagram_ports_.empty();
    const int count = epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()),
                                 timed ? 10'000 : -1);
    for (int i = 0; i < count; ++i) {
      auto* const source = static_cast<Source*>(events.at(static_cast<std::size_t>(i)).data.ptr);
      switch (source->kind) {
        case Source::Kind::kLife:
          return;
        case Source::Kind::kListener:
          Accept(static_cast<Listener&>(*source));
          break;
        case Source::Kind::kConnection:
          Advance(static_cast<Connection&>(*source));
          break;
        case Source::Kind::kPort:
          ReceiveFromWorld(static_cast<DatagramPort&>(*source));
          break;
        case Source::Kind::kClient:
          ReceiveFromContainer(static_cast<DatagramClient&>(*source));
          break;
      }
    }
    Sweep();
  }
}

}  // namespace ibuild::containers
