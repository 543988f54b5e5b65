#include "sandbox/ownership/notify_loop.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>

#include <cerrno>

namespace ibuild::builder {
namespace {

#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS  // Linux 6.6
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, __u64)
#endif
constexpr unsigned long kWakeTogether = 1;  // SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP

// Whoever called may be gone meanwhile, which is no failure; there is no other.
void Send(int listener, std::uint64_t id, const Reply& reply) {
  seccomp_notif_resp response{};
  response.id = id;
  response.val = reply.error != 0 ? 0 : reply.value;
  response.error = -reply.error;
  response.flags = reply.proceed ? SECCOMP_USER_NOTIF_FLAG_CONTINUE : 0;
  ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
}

// The caller gets the descriptor and its number as the result, in one.
void SendDescriptor(int listener, std::uint64_t id, const Opened& opened) {
  seccomp_notif_addfd handed{};
  handed.id = id;
  handed.flags = SECCOMP_ADDFD_FLAG_SEND;
  handed.srcfd = static_cast<__u32>(opened.file.get());
  handed.newfd_flags = opened.close_on_exec ? O_CLOEXEC : 0;
  if (ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &handed) < 0 && errno != ENOENT) {
    Send(listener, id, Reply::Error(EMFILE));
  }
}

}  // namespace

void AnswerCalls(int listener, const std::function<Reply(const seccomp_notif&)>& answer) {
  ioctl(listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, kWakeTogether);
  for (;;) {
    pollfd wait{listener, POLLIN, 0};
    if (poll(&wait, 1, -1) < 0 && errno != EINTR) return;
    if ((wait.revents & POLLIN) == 0 && (wait.revents & (POLLHUP | POLLERR)) != 0) return;
    seccomp_notif call{};
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call) != 0) continue;
    const Reply reply = answer(call);
    if (reply.left_alone) continue;
    if (reply.opened) {
      SendDescriptor(listener, call.id, *reply.opened);
    } else {
      Send(listener, call.id, reply);
    }
  }
}

}  // namespace ibuild::builder
