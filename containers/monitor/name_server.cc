#include "containers/monitor/name_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstring>
#include <iterator>
#include <list>
#include <utility>

#include "containers/network/dns_message.h"
#include "containers/network/hosts_file.h"
#include "containers/network/name_table.h"
#include "support/capability.h"
#include "support/error.h"

namespace ibuild::containers {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint16_t kPort = 53;
constexpr std::size_t kLargestDatagram = 4096;
constexpr std::size_t kMostPending = 256;
constexpr std::size_t kMostConversations = 16;
constexpr std::chrono::seconds kPatience{2};  // with each upstream

struct Place {
  sockaddr_storage storage{};
  socklen_t size = 0;

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

Place PlaceOf(const std::string& address) {
  Place place;
  auto* const four = reinterpret_cast<sockaddr_in*>(&place.storage);
  auto* const six = reinterpret_cast<sockaddr_in6*>(&place.storage);
  if (inet_pton(AF_INET, address.c_str(), &four->sin_addr) == 1) {
    four->sin_family = AF_INET;
    four->sin_port = htons(kPort);
    place.size = sizeof *four;
  } else if (inet_pton(AF_INET6, address.c_str(), &six->sin6_addr) == 1) {
    six->sin6_family = AF_INET6;
    six->sin6_port = htons(kPort);
    place.size = sizeof *six;
  }
  return place;
}

UniqueFd Connect(const Place& place, int type) {
  UniqueFd fd(socket(place.storage.ss_family, type | SOCK_CLOEXEC, 0));
  if (fd && connect(fd.get(), place.get(), place.size) != 0) fd.Reset();
  return fd;
}

UniqueFd Listen(int type) {
  UniqueFd fd(socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int on = 1;
  setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const Place place = PlaceOf(kNameServerAddress);
  if (!fd || bind(fd.get(), place.get(), place.size) != 0) ThrowErrno("listening for questions");
  if (type == SOCK_STREAM && listen(fd.get(), SOMAXCONN) != 0) ThrowErrno("listening");
  return fd;
}

// For good: what is heard from here on may be hostile.
void GiveUpRights() {
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) ThrowErrno("giving up new privileges");
  KeepCapabilities(0);
}

// A question that an upstream was asked.
struct Pending {
  UniqueFd upstream;
  std::size_t next = 0;  // the upstream to ask when this one is silent
  sockaddr_in client{};
  std::string query;
  Clock::time_point deadline;
};

class NameServer {
 public:
  NameServer(int hosts, const std::vector<std::string>& upstreams)
      : hosts_(hosts), datagrams_(Listen(SOCK_DGRAM)), listener_(Listen(SOCK_STREAM)) {
    for (const std::string& upstream : upstreams) {
      const Place place = PlaceOf(upstream);
      if (place.size > 0) upstreams_.push_back(place);
    }
    GiveUpRights();
    signal(SIGCHLD, SIG_IGN);  // conversations are nobody's affair when they are over
  }

  void Run(int life) {
    for (;;) {
      std::vector<pollfd> waits = {
          {life, POLLIN, 0}, {datagrams_.get(), POLLIN, 0}, {listener_.get(), POLLIN, 0}};
      for (const Pending& pending : pending_) waits.push_back({pending.upstream.get(), POLLIN, 0});
      if (poll(waits.data(), waits.size(), Patience()) < 0) continue;
      if (waits[0].revents != 0) return;
      Hear(waits.data() + 3);
      if (waits[1].revents != 0) Serve();
      if (waits[2].revents != 0) Converse(life);
    }
  }

 private:
  int Patience() const {
    if (pending_.empty()) return -1;
    const auto first = std::min_element(
        pending_.begin(), pending_.end(),
        [](const Pending& one, const Pending& other) { return one.deadline < other.deadline; });
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(first->deadline - Clock::now());
    return static_cast<int>(std::max<std::int64_t>(left.count() + 1, 0));
  }

  // Of what we know; empty: of others.
  std::string Answer(std::string_view query, const DnsQuestion& question) {
    const NameTable names(ReadHosts(hosts_));
    const auto is = [&](DnsType type) { return question.type == static_cast<std::uint16_t>(type); };
    if (const auto address = ParseReverseName(question.name)) {
      const std::string name = is(DnsType::kPointer) ? names.NameOf(*address) : std::string();
      return name.empty() ? std::string() : AnswerName(query, question, name);
    }
    std::vector<std::uint32_t> addresses = names.AddressesOf(question.name);
    if (addresses.empty()) return {};
    if (!is(DnsType::kAddress) && !is(DnsType::kAny)) return AnswerAddresses(query, question, {});
    // Containers with a name in common take turns.
    std::rotate(addresses.begin(),
                addresses.begin() + static_cast<std::ptrdiff_t>(turn_++ % addresses.size()),
                addresses.end());
    return AnswerAddresses(query, question, addresses);
  }

  void Serve() {
    std::array<char, kLargestDatagram> buffer;
    sockaddr_in client{};
    socklen_t size = sizeof client;
    const ssize_t got = recvfrom(datagrams_.get(), buffer.data(), buffer.size(), 0,
                                 reinterpret_cast<sockaddr*>(&client), &size);
    if (got <= 0) return;
    const std::string_view query(buffer.data(), static_cast<std::size_t>(got));
    const auto question = ParseQuestion(query);
    if (!question) return;
    if (const std::string answer = Answer(query, *question); !answer.empty()) {
      return Reply(client, answer);
    }
    if (pending_.size() >= kMostPending) pending_.pop_front();
    pending_.emplace_back();
    pending_.back().client = client;
    pending_.back().query = query;
    if (!AskNext(&pending_.back())) pending_.pop_back();
  }

  void Reply(const sockaddr_in& client, std::string_view answer) const {
    sendto(datagrams_.get(), answer.data(), answer.size(), MSG_NOSIGNAL,
           reinterpret_cast<const sockaddr*>(&client), sizeof client);
  }

  // False: everybody was asked, and the client knows.
  bool AskNext(Pending* pending) const {
    while (pending->next < upstreams_.size()) {
      pending->upstream = Connect(upstreams_[pending->next++], SOCK_DGRAM);
      if (!pending->upstream) continue;
      const ssize_t sent =
          send(pending->upstream.get(), pending->query.data(), pending->query.size(), MSG_NOSIGNAL);
      if (sent < 0) continue;
      pending->deadline = Clock::now() + kPatience;
      return true;
    }
    if (const auto question = ParseQuestion(pending->query)) {
      Reply(pending->client, AnswerFailure(pending->query, *question));
    }
    return false;
  }

  void Hear(const pollfd* wait) {
    for (auto pending = pending_.begin(); pending != pending_.end(); ++wait) {
      const bool keep = wait->revents != 0 ? !PassBack(&*pending)
                                           : pending->deadline > Clock::now() || AskNext(&*pending);
      pending = keep ? std::next(pending) : pending_.erase(pending);
    }
  }

  // Whether the question is settled.
  bool PassBack(Pending* pending) const {
    std::array<char, kLargestDatagram> buffer;
    const ssize_t got = recv(pending->upstream.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got < 0) return !AskNext(pending);  // it says that nobody listens there
    const std::string_view message(buffer.data(), static_cast<std::size_t>(got));
    if (!IsAnswerTo(pending->query, message)) return false;
    Reply(pending->client, message);
    return true;
  }

  // By a connection: in a copy of this process, which may wait.
  void Converse(int life) {
    const UniqueFd client(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!client) return;
    std::vector<pid_t> living;
    for (const pid_t child : conversations_) {
      if (kill(child, 0) == 0) living.push_back(child);
    }
    conversations_ = std::move(living);
    if (conversations_.size() >= kMostConversations) return;
    const pid_t child = fork();
    if (child > 0) conversations_.push_back(child);
    if (child != 0) return;
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    close(life);
    // A copy shares the file's description, and with it a lock, which either may give up.
    const UniqueFd own(open(fmt::format("/proc/self/fd/{}", hosts_).c_str(), O_RDONLY | O_CLOEXEC));
    if (own) hosts_ = own.get();
    Limit(client);
    while (AnswerOne(client)) {
    }
    _exit(0);
  }

  static void Limit(const UniqueFd& fd) {
    const timeval patience{kPatience.count(), 0};
    setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  }

  // A message with its length before it; empty: there is none.
  static std::string Receive(const UniqueFd& fd) {
    std::array<unsigned char, 2> length{};
    if (recv(fd.get(), length.data(), length.size(), MSG_WAITALL) != 2) return {};
    std::string message(static_cast<std::size_t>(length[0] << 8 | length[1]), '\0');
    const ssize_t got = recv(fd.get(), message.data(), message.size(), MSG_WAITALL);
    return got == static_cast<ssize_t>(message.size()) ? message : std::string();
  }

  static bool Send(const UniqueFd& fd, const std::string& message) {
    std::string bytes{static_cast<char>(message.size() >> 8 & 0xff),
                      static_cast<char>(message.size() & 0xff)};
    bytes += message;
    return send(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(bytes.size());
  }

  bool AnswerOne(const UniqueFd& client) {
    const std::string query = Receive(client);
    const auto question = ParseQuestion(query);
    if (!question) return false;
    std::string answer = Answer(query, *question);
    for (const Place& place : upstreams_) {
      if (!answer.empty()) break;
      const UniqueFd upstream = Connect(place, SOCK_STREAM);
      if (!upstream) continue;
      Limit(upstream);
      if (Send(upstream, query)) answer = Receive(upstream);
    }
    return Send(client, answer.empty() ? AnswerFailure(query, *question) : answer);
  }

  int hosts_;
  UniqueFd datagrams_;
  UniqueFd listener_;
  std::vector<Place> upstreams_;
  std::list<Pending> pending_;
  std::vector<pid_t> conversations_;
  std::size_t turn_ = 0;
};

}  // namespace

HelperProcess StartNameServer(const NameServerPlan& plan) {
  Pipe ready = MakePipe();
  const int report = ready.write_end.get();
  HelperProcess helper = HelperProcess::Start(
      {.name = "ibuild-names", .net_namespace = plan.net_namespace, .keep = {report, plan.hosts}},
      [&](int life) {
        NameServer server(plan.hosts, plan.upstreams);
        WriteAll(report, "+");
        close(report);
        server.Run(life);
      });
  ready.write_end.Reset();
  std::array<std::byte, 1> sign{};
  if (ReadUpTo(ready.read_end.get(), sign) == 0) helper.Stop();
  return helper;
}

}  // namespace ibuild::containers
