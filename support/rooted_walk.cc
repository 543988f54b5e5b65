#include "support/rooted_walk.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <deque>
#include <optional>
#include <string_view>
#include <vector>

#include "support/fd.h"
#include "support/text.h"

namespace ibuild::rooted_walk {
namespace {

constexpr int kMaxLinks = 40;  // MAXSYMLINKS of path_resolution(7)

class Walk {
 public:
  Walk(int root, int flags, mode_t mode) : root_(root), flags_(flags), mode_(mode) {}

  int Run(const std::string& path) {
    PushFront(path);
    while (!rest_.empty()) {
      const std::string element = std::move(rest_.front());
      rest_.pop_front();
      if (element == "..") {
        if (!passed_.empty()) passed_.pop_back();
      } else if (const auto result = Step(element)) {
        return *result;
      }
    }
    // The path ended in the root, "." or "..": what is wanted is a directory already passed.
    return ::openat(Here(), ".", flags_ | O_CLOEXEC, mode_);
  }

 private:
  int Here() const { return passed_.empty() ? root_ : passed_.back().get(); }

  // O_EXCL, too, takes the name itself (open(2)).
  bool FollowsLast() const { return (flags_ & (O_NOFOLLOW | O_EXCL)) == 0; }

  // Puts the elements of `path` before what is left to do; an absolute one starts at the root.
  void PushFront(std::string_view path) {
    if (path.starts_with('/')) passed_.clear();
    const auto elements = Split(path, '/');
    for (auto element = elements.rbegin(); element != elements.rend(); ++element) {
      if (!element->empty() && *element != ".") rest_.emplace_front(*element);
    }
  }

  // A result when the walk is over.
  std::optional<int> Step(const std::string& element) {
    if (auto target = ReadLink(element)) {
      if (rest_.empty() && !FollowsLast()) return OpenLast(element);
      if (++links_ > kMaxLinks) return Fail(ELOOP);
      PushFront(*target);
      return std::nullopt;
    }
    if (rest_.empty()) return OpenLast(element);
    const int next =
        ::openat(Here(), element.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (next < 0) return -1;
    passed_.emplace_back(next);
    return std::nullopt;
  }

  std::optional<std::string> ReadLink(const std::string& element) const {
    std::array<char, PATH_MAX> target;
    const ssize_t length = ::readlinkat(Here(), element.c_str(), target.data(), target.size());
    if (length < 0) return std::nullopt;
    return std::string(target.data(), static_cast<std::size_t>(length));
  }

  // O_NOFOLLOW: it was no link a moment ago, so one found now was put there to lead us out.
  int OpenLast(const std::string& element) const {
    return ::openat(Here(), element.c_str(), flags_ | O_NOFOLLOW | O_CLOEXEC, mode_);
  }

  static int Fail(int error_number) {
    errno = error_number;
    return -1;
  }

  int root_;
  int flags_;
  mode_t mode_;
  int links_ = 0;
  std::vector<UniqueFd> passed_;
  std::deque<std::string> rest_;
};

}  // namespace

int Open(int root, const std::string& path, int flags, mode_t mode) {
  return Walk(root, flags, mode).Run(path);
}

}  // namespace ibuild::rooted_walk
