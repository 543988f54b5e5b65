#include "support/error.h"

#include <cerrno>
#include <cstring>

namespace ibuild {
namespace {

ErrorKind KindOfErrno(int error_number) {
  switch (error_number) {
    case ENOENT:
      return ErrorKind::kNotFound;
    case EACCES:
    case EPERM:
    case EROFS:
      return ErrorKind::kPermissionDenied;
    case ENOSPC:
    case EDQUOT:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
      return ErrorKind::kResourceExhausted;
    case EEXIST:
      return ErrorKind::kAlreadyExists;
    default:
      return ErrorKind::kSystem;
  }
}

}  // namespace

Error::Error(ErrorKind kind, std::string message) : kind_(kind), message_(std::move(message)) {
  Rebuild();
}

Error& Error::AddContext(std::string frame) & {
  context_.push_back(std::move(frame));
  Rebuild();
  return *this;
}

Error&& Error::WithContext(std::string frame) && { return std::move(AddContext(std::move(frame))); }

Error& Error::AddHint(std::string hint) & {
  if (hint_.empty()) hint_ = std::move(hint);
  return *this;
}

Error&& Error::WithHint(std::string hint) && { return std::move(AddHint(std::move(hint))); }

Error& Error::AddExcerpt(Excerpt excerpt) & {
  excerpts_.push_back(std::move(excerpt));
  return *this;
}

Error&& Error::WithExcerpt(Excerpt excerpt) && { return std::move(AddExcerpt(std::move(excerpt))); }

const char* Error::what() const noexcept { return what_.c_str(); }

void Error::Rebuild() {
  what_.clear();
  for (auto frame = context_.rbegin(); frame != context_.rend(); ++frame) {
    what_ += *frame;
    what_ += ": ";
  }
  what_ += message_;
}

Error ErrnoError(std::string_view what, int error_number) {
  std::string message(what);
  message += ": ";
  message += std::strerror(error_number);
  Error error(KindOfErrno(error_number), std::move(message));
  if (error_number == ENOSPC || error_number == EDQUOT) {
    error.AddHint(
        "free some space: `ibuild prune` removes what no image needs, "
        "and `--root DIR` puts the store on another disk");
  }
  if (error_number == EMFILE) {
    error.AddHint(
        "this process may open too few files: `ulimit -n 4096` allows more, or ask for "
        "less at once with `--jobs`");
  }
  return error;
}

void ThrowErrno(std::string_view what) {
  const int error_number = errno;  // before anything can spoil it
  throw ErrnoError(what, error_number);
}

}  // namespace ibuild
