// Those who are attached to a container: what each is still to be sent, and what they send.
//
// Nobody loses output, so whoever reads slowly slows the container down once a mebibyte waits for
// him; whoever goes away is forgotten. Driven by the monitor's poll(2).
#pragma once

#include <poll.h>

#include <deque>
#include <functional>
#include <list>
#include <string>
#include <string_view>
#include <vector>

#include "containers/monitor/session_message.h"
#include "support/fd.h"

namespace ibuild::containers {

class Clients {
 public:
  struct Client {
    UniqueFd socket;
    bool attached = false;  // gets output
    bool awaiting = false;  // gets the exit code only
    bool input = false;     // gives input
    std::deque<std::string> queue = {};
    std::size_t queued = 0;
  };
  // Called with each message of a client; with an empty text and kInputEnd when a client that gave
  // input is gone.
  using Handler = std::function<void(Client&, const SessionMessage&)>;

  void Add(UniqueFd socket) { clients_.push_back({.socket = std::move(socket)}); }
  void Broadcast(MessageKind kind, std::string_view bytes);
  void Reply(Client& client, MessageKind kind, std::string_view text);

  // Whether somebody has so much waiting that no more output should be read.
  bool IsBacklogged() const;
  bool HasPending() const;

  // `accept_input`: whether messages are to be read.
  void AppendWaits(std::vector<pollfd>* waits, bool accept_input) const;
  void Continue(const pollfd* waits, const Handler& handler);

 private:
  bool Read(Client& client, const Handler& handler);
  static bool Flush(Client& client);

  std::list<Client> clients_;
};

}  // namespace ibuild::containers
