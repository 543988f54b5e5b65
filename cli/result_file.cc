#include "cli/result_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

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
  if (special) {
    sink_ = std::make_unique<FdSink>(OpenFile(target_, O_WRONLY));
  } else {
    OpenTemporary();
  }
}

void ResultFile::OpenTemporary() {
  const auto directory = target_.has_parent_path() ? target_.parent_path() : ".";
  const int fd = ::open(directory.c_str(), O_RDWR | O_TMPFILE | O_CLOEXEC, 0666);
  if (fd >= 0) {
    nameless_ = UniqueFd(fd);
    sink_ = std::make_unique<FdSink>(nameless_.Duplicate());
    return;
  }
  temporary_ = target_;
  temporary_ += fmt::format(".{}.tmp", RandomHex(4));
  cleanup_.emplace([name = temporary_] { ::unlink(name.c_str()); });
  sink_ = std::make_unique<FdSink>(OpenFile(temporary_, O_WRONLY | O_CREAT | O_EXCL, 0666));
}

ResultFile::~ResultFile() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

// A name cannot be given and replaced in one step, so there is a hidden one in between; one that is
// there is of a process that was killed in this moment, or of another that does the same right now.
void ResultFile::GiveName() {
  const auto hidden =
      target_.parent_path() / fmt::format(".{}.ibuild-part", target_.filename().native());
  const std::string open = fmt::format("/proc/self/fd/{}", nameless_.get());
  for (;;) {
    ::unlink(hidden.c_str());
    if (::linkat(AT_FDCWD, open.c_str(), AT_FDCWD, hidden.c_str(), AT_SYMLINK_FOLLOW) == 0 &&
        ::rename(hidden.c_str(), target_.c_str()) == 0) {
      return;
    }
    if (errno == EXDEV) return CopyTo(hidden);
    if (errno != EEXIST && errno != ENOENT) break;
  }
  ThrowErrno("write " + target_.native());
}

// A process that has entered a mount namespace since it opened the file cannot name it any more.
void ResultFile::CopyTo(const std::filesystem::path& hidden) {
  temporary_ = hidden;
  cleanup_.emplace([name = temporary_] { ::unlink(name.c_str()); });
  if (::lseek(nameless_.get(), 0, SEEK_SET) != 0) ThrowErrno("rewind a result");
  FdSource source(std::move(nameless_));
  FdSink copy(OpenFile(hidden, O_WRONLY | O_CREAT | O_EXCL, 0666));
  Copy(source, copy);
  copy.Finish();
  if (::rename(hidden.c_str(), target_.c_str()) != 0) ThrowErrno("write " + target_.native());
  cleanup_.reset();
  temporary_.clear();
}

void ResultFile::Commit() {
  sink_->Finish();
  if (nameless_) return GiveName();
  if (temporary_.empty()) return;
  if (::rename(temporary_.c_str(), target_.c_str()) != 0) {
    ThrowErrno("write " + target_.native());
  }
  cleanup_.reset();
  temporary_.clear();
}

}  // namespace ibuild::cli
