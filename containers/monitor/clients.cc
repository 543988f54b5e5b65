#include "containers/monitor/clients.h"

#include <algorithm>

#include "containers/state/unix_socket.h"

namespace ibuild::containers {
namespace {

constexpr std::size_t kMostQueued = 1U << 20;

}  // namespace

void Clients::Broadcast(MessageKind kind, std::string_view bytes) {
  do {
    const std::string message = Encode(kind, bytes.substr(0, kLargestPart));
    bytes.remove_prefix(message.size() - 1);
    for (Client& client : clients_) {
      const bool listens = client.attached || (client.awaiting && kind == MessageKind::kExit);
      if (!listens) continue;
      client.queue.push_back(message);
      client.queued += message.size();
    }
  } while (!bytes.empty());
  for (Client& client : clients_) Flush(client);
}

void Clients::Reply(Client& client, MessageKind kind, std::string_view text) {
  client.queue.push_back(Encode(kind, text));
  client.queued += client.queue.back().size();
}

bool Clients::IsBacklogged() const {
  return std::any_of(clients_.begin(), clients_.end(),
                     [](const Client& client) { return client.queued > kMostQueued; });
}

bool Clients::HasPending() const {
  return std::any_of(clients_.begin(), clients_.end(),
                     [](const Client& client) { return !client.queue.empty(); });
}

void Clients::AppendWaits(std::vector<pollfd>* waits, bool accept_input) const {
  for (const Client& client : clients_) {
    short events = 0;
    if (accept_input || !client.input) events |= POLLIN;
    if (!client.queue.empty()) events |= POLLOUT;
    waits->push_back({client.socket.get(), events, 0});
  }
}

void Clients::Continue(const pollfd* waits, const Handler& handler) {
  for (auto client = clients_.begin(); client != clients_.end(); ++waits) {
    bool stays = (waits->revents & POLLOUT) == 0 || Flush(*client);
    if (stays && (waits->revents & (POLLIN | POLLHUP | POLLERR)) != 0) {
      stays = Read(*client, handler);
    }
    if (stays) {
      ++client;
      continue;
    }
    if (client->input) handler(*client, {MessageKind::kInputEnd, {}});
    client = clients_.erase(client);
  }
}

// False: it is gone.
bool Clients::Read(Client& client, const Handler& handler) {
  const auto message = ReceiveMessage(client.socket.get(), false);
  if (!message) return true;
  if (message->bytes.empty()) return false;
  handler(client, Decode(message->bytes));
  return true;
}

bool Clients::Flush(Client& client) {
  while (!client.queue.empty()) {
    switch (SendMessage(client.socket.get(), client.queue.front(), {}, false)) {
      case SendResult::kFull:
        return true;
      case SendResult::kGone:
        client.queue.clear();
        client.queued = 0;
        return false;
      case SendResult::kSent:
        client.queued -= client.queue.front().size();
        client.queue.pop_front();
    }
  }
  return true;
}

}  // namespace ibuild::containers
