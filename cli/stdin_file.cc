#include "cli/stdin_file.h"

#include <fcntl.h>
#include <unistd.h>

#include "support/byte_stream.h"
#include "support/error.h"
#include "support/files.h"

namespace ibuild::cli {

std::filesystem::path SpoolStandardInput(const std::filesystem::path& path) {
  if (::isatty(STDIN_FILENO) == 1) {
    throw Error(ErrorKind::kUsage, "standard input is a terminal")
        .WithHint("name a file, or pipe something in");
  }
  const int copy = ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
  if (copy < 0) ThrowErrno("standard input");
  FdSource source{UniqueFd(copy)};
  FdSink sink(OpenFile(path, O_WRONLY | O_CREAT | O_EXCL, 0600));
  Copy(source, sink);
  sink.Finish();
  return path;
}

}  // namespace ibuild::cli
