#include "cli/render/output.h"

#include <unistd.h>

#include <cerrno>

#include "support/error.h"

namespace ibuild::cli {

TextOutput StandardError() {
  return [](std::string_view text) {
    while (!text.empty()) {
      const ssize_t count = ::write(STDERR_FILENO, text.data(), text.size());
      if (count < 0 && errno != EINTR) return;
      if (count > 0) text.remove_prefix(static_cast<std::size_t>(count));
    }
  };
}

void WriteStandardOutput(std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(STDOUT_FILENO, text.data(), text.size());
    if (count >= 0) {
      text.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno == EPIPE) {
      return;
    } else if (errno != EINTR) {
      ThrowErrno("write to standard output");
    }
  }
}

}  // namespace ibuild::cli
