#include "builder/secrets/ssh_forward.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <list>
#include <optional>
#include <vector>

#include "support/error.h"
#include "support/files.h"
#include "support/recorded_owner.h"

namespace ibuild::builder {
namespace {

namespace fs = std::filesystem;

constexpr const char* kName = "agent";
constexpr std::size_t kMostLinks = 64;  // connections at a time; others wait
constexpr int kBacklog = 16;
constexpr timeval kPatience{10, 0};  // with a side that does not read

struct Link {
  UniqueFd command;
  UniqueFd agent;
};

UniqueFd NewSocket() { return UniqueFd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)); }

// A path may be longer than an address holds, so the address goes through the descriptor of its
// directory. Nothing when even the name is too long.
std::optional<sockaddr_un> AddressOf(const UniqueFd& directory, const std::string& name) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = fmt::format("/proc/self/fd/{}/{}", directory.get(), name);
  if (path.size() >= sizeof address.sun_path) return std::nullopt;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

UniqueFd Listen(const fs::path& directory) {
  const UniqueFd place = OpenFile(directory, O_PATH | O_DIRECTORY);
  const auto address = AddressOf(place, kName);
  UniqueFd listener = NewSocket();
  if (!listener ||
      ::bind(listener.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0 ||
      ::listen(listener.get(), kBacklog) != 0) {
    ThrowErrno("listening for users of an SSH agent");
  }
  return listener;
}

void LimitPatience(const UniqueFd& socket) {
  ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience);
}

// Runs in the thread, so nothing is thrown. Nothing when nobody listens there, or is too busy to:
// who asked sees the end of the conversation.
std::optional<UniqueFd> Connect(const fs::path& agent) {
  const UniqueFd place(::open(agent.parent_path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  UniqueFd fd = NewSocket();
  if (!place || !fd) return std::nullopt;
  const auto address = AddressOf(place, agent.filename().string());
  LimitPatience(fd);  // also with a full queue of connections (socket(7))
  if (!address ||
      ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0) {
    return std::nullopt;
  }
  return fd;
}

bool SendAll(const UniqueFd& to, const char* bytes, std::size_t size) {
  while (size > 0) {
    const ssize_t sent = ::send(to.get(), bytes, size, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    bytes += sent;
    size -= static_cast<std::size_t>(sent);
  }
  return true;
}

// Passes on what is there; false at the end of the conversation.
bool Pass(const UniqueFd& from, const UniqueFd& to) {
  std::array<char, 16 * 1024> buffer;
  const ssize_t got = ::recv(from.get(), buffer.data(), buffer.size(), 0);
  if (got < 0 && errno == EINTR) return true;
  return got > 0 && SendAll(to, buffer.data(), static_cast<std::size_t>(got));
}

void Accept(const UniqueFd& listener, const fs::path& agent, std::list<Link>& links) {
  UniqueFd command(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!command) return;  // who asked is gone again
  auto connected = Connect(agent);
  if (!connected) return;
  LimitPatience(command);
  links.push_back({std::move(command), *std::move(connected)});
}

// Two entries for each link, in order.
std::vector<pollfd> WaitsFor(const UniqueFd& listener, const UniqueFd& life,
                             const std::list<Link>& links) {
  const int open = links.size() < kMostLinks ? listener.get() : -1;
  std::vector<pollfd> waits = {{life.get(), POLLIN, 0}, {open, POLLIN, 0}};
  for (const Link& link : links) {
    waits.push_back({link.command.get(), POLLIN, 0});
    waits.push_back({link.agent.get(), POLLIN, 0});
  }
  return waits;
}

void PassAll(const std::vector<pollfd>& waits, std::list<Link>& links) {
  std::size_t at = 2;
  for (auto link = links.begin(); link != links.end(); at += 2) {
    bool going = true;
    if (waits[at].revents != 0) going = Pass(link->command, link->agent);
    if (going && waits[at + 1].revents != 0) going = Pass(link->agent, link->command);
    link = going ? std::next(link) : links.erase(link);
  }
}

}  // namespace

SshForward::SshForward(fs::path agent, const fs::path& directory, const SocketOwner& owner)
    : agent_(std::move(agent)),
      socket_(directory / kName),
      listener_(Listen(directory)),
      life_(MakePipe()) {
  InContext("giving the socket of an SSH agent its owner", [&] {
    GiveOwnerAt(AT_FDCWD, socket_.c_str(), {owner.uid, owner.gid});
    GiveModeAt(AT_FDCWD, socket_.c_str(), owner.mode);
  });
  thread_ = std::thread([this] { Serve(); });
}

SshForward::~SshForward() {
  life_.write_end.Reset();
  thread_.join();
}

void SshForward::Serve() const {
  std::list<Link> links;
  for (;;) {
    std::vector<pollfd> waits = WaitsFor(listener_, life_.read_end, links);
    if (::poll(waits.data(), waits.size(), -1) < 0) continue;  // EINTR: no signal is ours
    if (waits[0].revents != 0) return;
    PassAll(waits, links);
    if (waits[1].revents != 0) Accept(listener_, agent_, links);
  }
}

}  // namespace ibuild::builder
