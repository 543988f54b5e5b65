// ConnectionPump: passes connections and datagrams that arrive at sockets on to one host.
//
// One thread, epoll(7). Each direction of a connection is a pipe through which splice(2) moves
// bytes; an end of one side's stream is passed on as such, so that half-closed connections work.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <string>

#include "support/fd.h"

namespace ibuild::containers {

struct Target {
  std::uint32_t address;  // host byte order
  std::uint16_t port;
};

class ConnectionPump {
 public:
  // Ends when `life` is at its end.
  explicit ConnectionPump(int life);
  ~ConnectionPump();

  void Listen(int listener, Target target);
  void ListenForDatagrams(int socket, Target target);
  void Run();

 private:
  struct Source;  // what epoll tells about
  struct Listener;
  struct Connection;
  struct DatagramPort;
  struct DatagramClient;

  void Accept(Listener& listener);
  void Advance(Connection& connection);
  void ReceiveFromWorld(DatagramPort& port);
  void ReceiveFromContainer(DatagramClient& client);
  void Watch(int fd, std::uint32_t events, Source* source);
  void Sweep();

  UniqueFd epoll_;
  std::list<std::unique_ptr<Listener>> listeners_;
  std::list<std::unique_ptr<Connection>> connections_;
  std::list<std::unique_ptr<DatagramPort>> datagram_ports_;
};

}  // namespace ibuild::containers
