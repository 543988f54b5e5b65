#include "cli/input_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/byte_stream.h"
#include "support/error.h"
#include "support/files.h"

namespace ibuild::cli {
namespace {

UniqueFd StandardInput() {
  if (::isatty(STDIN_FILENO) == 1) {
    throw Error(ErrorKind::kUsage, "standard input is a terminal")
        .WithHint("name a file, or pipe something in");
  }
  const int copy = ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
  if (copy < 0) ThrowErrno("standard input");
  return UniqueFd(copy);
}

bool CanSeek(const std::string& path) {
  struct stat status;
  if (::stat(path.c_str(), &status) != 0) return true;  // whoever opens it says why
  return S_ISREG(status.st_mode) || S_ISDIR(status.st_mode);
}

}  // namespace

InputFile::InputFile(layers::Store& store, const std::string& operand) : path_(operand) {
  if (operand != "-" && CanSeek(operand)) return;
  FdSource source(operand == "-" ? StandardInput() : OpenFile(operand, O_RDONLY));
  path_ = spool_.emplace(store).path() / "input";
  FdSink sink(OpenFile(path_, O_WRONLY | O_CREAT | O_EXCL, 0600));
  Copy(source, sink);
  sink.Finish();
}

}  // namespace ibuild::cli
