#include "sandbox/process/sandbox_process.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "sandbox/process/descendants.h"
#include "sandbox/process/spawn.h"
#include "sandbox/spec/program.h"
#include "support/error.h"
#include "support/files.h"
#include "support/receive_message.h"

namespace ibuild::builder {
namespace {

constexpr std::size_t kMaxDescriptors = 253;  // SCM_MAX_FD

struct SocketPair {
  UniqueFd ours;
  UniqueFd theirs;
};

SocketPair MakeControlSocket() {
  int fds[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) != 0) {
    ThrowErrno("creating the control socket");
  }
  return {UniqueFd(fds[0]), UniqueFd(fds[1])};
}

std::chrono::nanoseconds ToDuration(const timeval& time) {
  return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
}

// The descriptor that came with a message, if any.
UniqueFd AttachedDescriptor(msghdr* message) {
  const cmsghdr* header = CMSG_FIRSTHDR(message);
  if (header == nullptr || header->cmsg_type != SCM_RIGHTS) return UniqueFd();
  int fd = -1;
  std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
  return UniqueFd(fd);
}

}  // namespace

SandboxProcess SandboxProcess::Start(const StartOptions& options) {
  SandboxProcess process;
  SocketPair control = MakeControlSocket();
  const UniqueFd program = MakeMemoryFile("ibuild-program", options.program);
  SpawnRequest request{
      .namespaces = options.namespaces, .joined = options.joined, .cgroup = options.cgroup};
  request.descriptors = {options.streams[0], options.streams[1], options.streams[2],
                         control.theirs.get(), program.get()};
  const Spawned spawned = SpawnInit(request);
  process.pid_ = spawned.pid;
  process.leaves_orphans_ = options.leaves_orphans;
  process.pidfd_ = UniqueFd(spawned.pidfd);
  process.control_ = std::move(control.ours);
  return process;
}

SandboxProcess::~SandboxProcess() {
  if (!pidfd_ || reaped_) return;
  Kill();
  siginfo_t info{};
  while (waitid(P_PIDFD, static_cast<id_t>(pidfd_.get()), &info, WEXITED) != 0 && errno == EINTR) {
  }
}

void SandboxProcess::Kill() const noexcept {
  if (leaves_orphans_) KillDescendants(pid_);
  syscall(SYS_pidfd_send_signal, pidfd_.get(), SIGKILL, nullptr, 0);
}

void SandboxProcess::Send(const wire::Command& command, const std::vector<UniqueFd>* descriptors) {
  iovec part{const_cast<wire::Command*>(&command), sizeof command};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  alignas(cmsghdr) std::array<char, CMSG_SPACE(kMaxDescriptors * sizeof(int))> space{};
  if (descriptors != nullptr && !descriptors->empty()) {
    message.msg_control = space.data();
    message.msg_controllen = CMSG_SPACE(descriptors->size() * sizeof(int));
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(descriptors->size() * sizeof(int));
    std::array<int, kMaxDescriptors> fds{};
    for (std::size_t i = 0; i < descriptors->size(); ++i) fds.at(i) = (*descriptors)[i].get();
    std::memcpy(CMSG_DATA(header), fds.data(), descriptors->size() * sizeof(int));
  }
  while (sendmsg(control_.get(), &message, MSG_NOSIGNAL) < 0) {
    if (errno == EINTR) continue;
    if (errno == EPIPE || errno == ECONNRESET) return;  // its end is about to be reported
    ThrowErrno("talking to the sandbox");
  }
}

void SandboxProcess::SendDescriptors(const std::vector<UniqueFd>& descriptors) {
  if (descriptors.size() > kMaxDescriptors) {
    throw Error(ErrorKind::kInvalidInput, "too many files are mounted into the step")
        .WithHint("at most 250 secrets and scripts can be mounted at a time");
  }
  Send({.kind = wire::CommandKind::kDescriptors, .signal = 0, .identity = {}}, &descriptors);
}

void SandboxProcess::SendIdentity(const wire::Identity& identity) {
  Send({.kind = wire::CommandKind::kIdentity, .signal = 0, .identity = identity}, nullptr);
}

void SandboxProcess::SendSignal(int signal) {
  Send({.kind = wire::CommandKind::kSignal, .signal = signal, .identity = {}}, nullptr);
}

std::optional<SandboxProcess::Message> SandboxProcess::Receive() {
  Message received{};
  iovec part{&received.event, sizeof received.event};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> space{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = space.data();
  message.msg_controllen = space.size();
  const ssize_t size = ReceiveMessage(control_.get(), &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (size <= 0) return std::nullopt;
  received.descriptor = AttachedDescriptor(&message);
  if (size != sizeof received.event) throw Error(ErrorKind::kInternal, "cut sandbox message");
  return received;
}

ProcessEnd SandboxProcess::Wait() {
  siginfo_t info{};
  rusage usage{};
  // The C library's waitid has no usage.
  while (syscall(SYS_waitid, P_PIDFD, pidfd_.get(), &info, WEXITED, &usage) != 0) {
    if (errno != EINTR) ThrowErrno("waiting for the sandbox");
  }
  reaped_ = true;  // the descriptor stays: another thread may be about to signal through it
  ProcessEnd end;
  if (info.si_code == CLD_EXITED) {
    end.status.code = info.si_status;
  } else {
    end.status.signal = info.si_status;
  }
  end.cpu_user = ToDuration(usage.ru_utime);
  end.cpu_system = ToDuration(usage.ru_stime);
  end.largest_process = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
  return end;
}

}  // namespace ibuild::builder
