#include "containers/monitor/container_streams.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "support/error.h"
#include "support/files.h"

namespace ibuild::containers {
namespace {

constexpr std::uint32_t kAllStreams = 7;
constexpr char kEndOfInput = '\x04';  // Ctrl-D, as terminals are set up

void MakeNonBlocking(const UniqueFd& fd) {
  if (fd && fcntl(fd.get(), F_SETFL, O_NONBLOCK) < 0) ThrowErrno("preparing a stream");
}

}  // namespace

ContainerStreams::ContainerStreams(bool tty, bool open_stdin)
    : tty_(tty), open_stdin_(open_stdin), null_(OpenFile("/dev/null", O_RDWR)) {
  if (tty_) return;
  if (open_stdin_) {
    Pipe input = MakePipe();
    for_command_[0] = std::move(input.read_end);
    input_ = std::move(input.write_end);
  }
  Pipe output = MakePipe();
  for_command_[1] = std::move(output.write_end);
  output_ = std::move(output.read_end);
  Pipe errors = MakePipe();
  for_command_[2] = std::move(errors.write_end);
  errors_ = std::move(errors.read_end);
}

std::array<int, 3> ContainerStreams::theirs() const {
  std::array<int, 3> streams{};
  for (std::size_t i = 0; i < streams.size(); ++i) {
    streams.at(i) = for_command_.at(i) ? for_command_.at(i).get() : null_.get();
  }
  return streams;
}

builder::StreamPlan ContainerStreams::plan() const {
  return {.null_input = !tty_ && !open_stdin_, .terminal = tty_ ? kAllStreams : 0};
}

void ContainerStreams::Begin(UniqueFd terminal) {
  for (UniqueFd& fd : for_command_) fd.Reset();
  if (tty_) {
    input_ = terminal.Duplicate();
    output_ = std::move(terminal);
  }
  for (const UniqueFd* fd : {&input_, &output_, &errors_}) MakeNonBlocking(*fd);
}

std::string_view ContainerStreams::Read(Stream stream) {
  UniqueFd& fd = stream == Stream::kErrors ? errors_ : output_;
  const ssize_t size = read(fd.get(), buffer_.data(), buffer_.size());
  if (size > 0) return {buffer_.data(), static_cast<std::size_t>(size)};
  // EIO: a terminal that nobody has open any more.
  if (size == 0 || (errno != EAGAIN && errno != EINTR)) fd.Reset();
  return {};
}

void ContainerStreams::Type(std::string_view bytes) {
  if (!input_ || input_ends_) return;
  pending_ += bytes;
  ContinueInput();
}

void ContainerStreams::EndInput() {
  if (tty_) {
    Type(std::string_view(&kEndOfInput, 1));
    return;
  }
  input_ends_ = true;
  ContinueInput();
}

void ContainerStreams::ContinueInput() {
  while (input_ && !pending_.empty()) {
    const ssize_t size = write(input_.get(), pending_.data(), pending_.size());
    if (size > 0) {
      pending_.erase(0, static_cast<std::size_t>(size));
    } else if (errno == EAGAIN) {
      return;
    } else if (errno != EINTR) {  // nobody reads it
      pending_.clear();
      input_.Reset();
    }
  }
  if (input_ends_ && pending_.empty()) input_.Reset();
}

void ContainerStreams::Resize(int rows, int columns) {
  if (!tty_ || !output_) return;
  winsize size{};
  size.ws_row = static_cast<unsigned short>(rows);
  size.ws_col = static_cast<unsigned short>(columns);
  ioctl(output_.get(), TIOCSWINSZ, &size);
}

}  // namespace ibuild::containers
