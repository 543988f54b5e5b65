#include "containers/engine/attach.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <string>
#include <string_view>

#include "containers/monitor/session_message.h"
#include "containers/state/unix_socket.h"
#include "sandbox/process/caught_signals.h"
#include "sandbox/process/raw_terminal.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::containers {
namespace {

constexpr char kFirstDetachKey = '\x10';   // Ctrl-P
constexpr char kSecondDetachKey = '\x11';  // Ctrl-Q

// A reader that went away is no failure of the container.
void WriteOut(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t size = write(fd, bytes.data(), bytes.size());
    if (size > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(size));
    } else if (errno == EAGAIN) {
      pollfd wait{fd, POLLOUT, 0};
      poll(&wait, 1, -1);
    } else if (errno != EINTR) {
      return;
    }
  }
}

class Attachment {
 public:
  Attachment(int connection, const AttachOptions& options)
      : connection_(connection),
        options_(options),
        shown_(options.tty && builder::IsTerminal(STDOUT_FILENO)) {
    if (shown_ && options_.input && builder::IsTerminal(STDIN_FILENO)) {
      raw_.emplace(STDIN_FILENO);
      raw_->Enter();
    }
    if (shown_) SendSize();
  }

  AttachEnd Run() {
    while (!over_) {
      std::array<pollfd, 3> waits = {{{connection_, POLLIN, 0},
                                      {options_.input ? STDIN_FILENO : -1, POLLIN, 0},
                                      {signals_.fd(), POLLIN, 0}}};
      if (poll(waits.data(), waits.size(), -1) < 0) {
        if (errno != EINTR) ThrowErrno("waiting for the container");
        continue;
      }
      if (waits[2].revents != 0) PassSignals();
      if (waits[1].revents != 0) PassInput();
      if (waits[0].revents != 0 && !over_) Take();
    }
    return end_;
  }

 private:
  void Send(MessageKind kind, std::string_view text = {}) {
    SendMessage(connection_, Encode(kind, text));
  }

  void SendSize() {
    winsize size{};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return;
    Send(MessageKind::kResize, fmt::format("{} {}", size.ws_row, size.ws_col));
  }

  void PassSignals() {
    while (const auto number = signals_.Next()) {
      if (*number == SIGWINCH) {
        if (shown_) SendSize();
      } else if (*number == SIGCONT) {
        if (raw_) raw_->Enter();
      } else if (options_.pass_signals) {
        Send(MessageKind::kSignal, std::to_string(*number));
      }
    }
  }

  void PassInput() {
    std::array<char, kLargestPart> buffer;
    const ssize_t size = read(STDIN_FILENO, buffer.data(), buffer.size());
    if (size < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (size <= 0) {
      options_.input = false;
      return Send(MessageKind::kInputEnd);
    }
    const std::string_view bytes(buffer.data(), static_cast<std::size_t>(size));
    if (raw_ && Detaches(bytes)) {
      end_.detached = true;
      over_ = true;
      return;
    }
    Send(MessageKind::kInput, bytes);
  }

  // Whether the keys for that are in what was typed, maybe one now and one before.
  bool Detaches(std::string_view bytes) {
    for (const char key : bytes) {
      if (key == kSecondDetachKey && last_key_ == kFirstDetachKey) return true;
      last_key_ = key;
    }
    return false;
  }

  void Take() {
    const auto message = ReceiveMessage(connection_, false);
    if (!message) return;
    if (message->bytes.empty()) {
      over_ = true;
      return;
    }
    const SessionMessage decoded = Decode(message->bytes);
    if (decoded.kind == MessageKind::kOutput) WriteOut(STDOUT_FILENO, decoded.text);
    if (decoded.kind == MessageKind::kErrors) WriteOut(STDERR_FILENO, decoded.text);
    if (decoded.kind != MessageKind::kExit) return;
    end_.exit_code = static_cast<int>(ParseUnsigned(decoded.text).value_or(0));
    over_ = true;
  }

  int connection_;
  AttachOptions options_;
  bool shown_;
  std::optional<builder::RawTerminal> raw_;
  builder::CaughtSignals signals_;
  char last_key_ = '\0';
  AttachEnd end_;
  bool over_ = false;
};

}  // namespace

void SendAttach(int connection, const AttachOptions& options) {
  SendMessage(connection, Encode(MessageKind::kAttach, options.input ? "i" : ""));
}

AttachEnd Attach(int connection, const AttachOptions& options) {
  return Attachment(connection, options).Run();
}

}  // namespace ibuild::containers
