#include "cli/result_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "support/error.h"
#include "support/files.h"

namespace ibuild::cli {
namespace {

UniqueFd StandardOutput() {
  if (::isatty(STDOUT_FILENO) == 1) {
    throw Error(ErrorKind::kUsage, "an archive is not written to a terminal")
        .WithHint("name a file, or pipe the output somewhere");
  }
  const int copy = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
  if (copy < 0) ThrowErrno("standard output");
  return UniqueFd(copy);
}

}  // namespace

ResultFile::ResultFile(const std::string& destination) {
  if (destination == "-") {
    sink_ = std::make_unique<FdSink>(StandardOutput());
    return;
  }
  target_ = destination;
  std::error_code ignored;
  const bool special = std::filesystem::exists(target_, ignored) &&
                       !std::filesystem::is_regular_file(target_, ignored);
  // Devices and pipes cannot be replaced, only written to.
  if (!special) {
    temporary_ = target_;
    temporary_ += fmt::format(".{}.tmp", RandomHex(4));
  }
  const int flags = O_WRONLY | (special ? 0 : O_CREAT | O_EXCL);
  sink_ = std::make_unique<FdSink>(OpenFile(special ? target_ : temporary_, flags, 0666));
}

ResultFile::~ResultFile() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void ResultFile::Commit() {
  sink_->Finish();
  if (temporary_.empty()) return;
  if (::rename(temporary_.c_str(), target_.c_str()) != 0) {
    ThrowErrno("write " + target_.native());
  }
  temporary_.clear();
}

}  // namespace ibuild::cli
