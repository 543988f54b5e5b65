#include "containers/state/unix_socket.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "support/error.h"
#include "support/files.h"
#include "support/receive_message.h"

namespace ibuild::containers {
namespace {

constexpr int kBacklog = 128;
constexpr std::size_t kMostDescriptors = 8;

UniqueFd MakeSocket() {
  UniqueFd fd(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  if (!fd) ThrowErrno("making a socket");
  return fd;
}

// The address of `path` by way of `directory`, which is open.
sockaddr_un AddressOf(const std::filesystem::path& path, int directory) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string text = fmt::format("/proc/self/fd/{}/{}", directory, path.filename().native());
  if (text.size() >= sizeof address.sun_path) {
    throw Error(ErrorKind::kInvalidInput, "the name of a socket is too long: " + path.native());
  }
  std::memcpy(address.sun_path, text.c_str(), text.size() + 1);
  return address;
}

const sockaddr* Generic(const sockaddr_un& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

}  // namespace

UniqueFd ListenAt(const std::filesystem::path& path) {
  const UniqueFd directory = OpenFile(path.parent_path(), O_PATH | O_DIRECTORY);
  const sockaddr_un address = AddressOf(path, directory.get());
  unlink(address.sun_path);
  UniqueFd fd = MakeSocket();
  const mode_t before = umask(0177);
  const int bound = bind(fd.get(), Generic(address), sizeof address);
  umask(before);
  if (bound != 0 || listen(fd.get(), kBacklog) != 0) ThrowErrno("listening at " + path.native());
  return fd;
}

UniqueFd ConnectTo(const std::filesystem::path& path) {
  const auto directory = OpenFileIfExists(path.parent_path(), O_PATH | O_DIRECTORY);
  if (!directory) return UniqueFd();
  const sockaddr_un address = AddressOf(path, directory->get());
  UniqueFd fd = MakeSocket();
  while (connect(fd.get(), Generic(address), sizeof address) != 0) {
    if (errno == EINTR) continue;
    if (errno == ENOENT || errno == ECONNREFUSED) return UniqueFd();
    ThrowErrno("connecting to " + path.native());
  }
  return fd;
}

UniqueFd AcceptFrom(int listener) {
  UniqueFd fd(accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
  if (!fd) return fd;
  ucred peer{};
  socklen_t size = sizeof peer;
  if (getsockopt(fd.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 ||
      (peer.uid != geteuid() && peer.uid != 0)) {
    return UniqueFd();
  }
  return fd;
}

SocketPair MakeSocketPair() {
  std::array<int, 2> fds{};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds.data()) != 0) {
    ThrowErrno("making a pair of sockets");
  }
  return {UniqueFd(fds[0]), UniqueFd(fds[1])};
}

SendResult SendMessage(int socket, std::string_view bytes, const std::vector<int>& descriptors,
                       bool wait) {
  iovec part{const_cast<char*>(bytes.data()), bytes.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  alignas(cmsghdr) std::array<char, CMSG_SPACE(kMostDescriptors * sizeof(int))> space{};
  if (!descriptors.empty()) {
    const std::size_t size = descriptors.size() * sizeof(int);
    message.msg_control = space.data();
    message.msg_controllen = CMSG_SPACE(size);
    cmsghdr* const header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(size);
    std::memcpy(CMSG_DATA(header), descriptors.data(), size);
  }
  for (;;) {
    if (sendmsg(socket, &message, MSG_NOSIGNAL | (wait ? 0 : MSG_DONTWAIT)) >= 0) {
      return SendResult::kSent;
    }
    if (errno == EINTR) continue;
    return errno == EAGAIN || errno == ENOBUFS ? SendResult::kFull : SendResult::kGone;
  }
}

std::optional<ReceivedMessage> ReceiveMessage(int socket, bool wait) {
  ReceivedMessage received;
  received.bytes.resize(kLargestMessage);
  iovec part{received.bytes.data(), received.bytes.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  alignas(cmsghdr) std::array<char, CMSG_SPACE(kMostDescriptors * sizeof(int))> space{};
  message.msg_control = space.data();
  message.msg_controllen = space.size();
  const ssize_t size =
      ibuild::ReceiveMessage(socket, &message, MSG_CMSG_CLOEXEC | (wait ? 0 : MSG_DONTWAIT));
  if (size < 0 && errno == EAGAIN) return std::nullopt;
  received.bytes.resize(static_cast<std::size_t>(size < 0 ? 0 : size));
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr;
       header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(header) + i * sizeof(int), sizeof fd);
      received.descriptors.emplace_back(fd);
    }
  }
  return received;
}

}  // namespace ibuild::containers
