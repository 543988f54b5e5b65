#include "sandbox/ownership/caller.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <limits.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>

#include "sandbox/spec/capabilities.h"
#include "support/capability.h"
#include "support/error.h"
#include "support/files.h"

namespace ibuild::builder {
namespace {

constexpr rlim_t kNumberBase = rlim_t{1} << 40;  // above it, the limit is a number of credentials
constexpr std::size_t kPage = 4096;

// Beside the step's own, what it takes to look into waiting processes.
constexpr std::uint64_t kKept = kDefaultCapabilities | CapabilityMask({CAP_SYS_PTRACE});

UniqueFd OpenIn(int directory, const char* path, int flags) {
  return UniqueFd(openat(directory, path, flags | O_CLOEXEC));
}

bool HasPrefix(std::string_view text, std::string_view prefix, std::string_view* rest) {
  if (!text.starts_with(prefix)) return false;
  *rest = text.substr(prefix.size());
  return rest->empty() || rest->front() == '/';
}

}  // namespace

Standpoint::Standpoint(pid_t init) : proc_(OpenFile("/proc", O_PATH | O_DIRECTORY)) {
  const UniqueFd mounts = OpenIn(proc_.get(), fmt::format("{}/ns/mnt", init).c_str(), O_RDONLY);
  if (!mounts || unshare(CLONE_FS) != 0 || setns(mounts.get(), CLONE_NEWNS) != 0) {
    ThrowErrno("entering the mounts of a step");
  }
  root_ = OpenFile("/", O_PATH | O_DIRECTORY);
  umask(0);
  KeepCapabilities(kKept);
  if (fchdir(proc_.get()) != 0) ThrowErrno("entering /proc");
}

Standpoint::Standpoint()
    : proc_(OpenFile("/proc", O_PATH | O_DIRECTORY)), root_(OpenFile("/", O_PATH | O_DIRECTORY)) {}

bool Caller::Read(std::uint64_t address, void* to, std::size_t size) const {
  const iovec ours{to, size};
  const iovec theirs{reinterpret_cast<void*>(address), size};
  return process_vm_readv(pid_, &ours, 1, &theirs, 1, 0) == static_cast<ssize_t>(size);
}

bool Caller::Write(std::uint64_t address, const void* from, std::size_t size) const {
  const iovec ours{const_cast<void*>(from), size};
  const iovec theirs{reinterpret_cast<void*>(address), size};
  return process_vm_writev(pid_, &ours, 1, &theirs, 1, 0) == static_cast<ssize_t>(size);
}

// Page by page: the one behind the text may not be there.
std::optional<std::string> Caller::ReadText(std::uint64_t address) const {
  std::string text;
  std::array<char, kPage> buffer;
  while (text.size() < PATH_MAX) {
    const std::size_t size = kPage - static_cast<std::size_t>(address % kPage);
    if (!Read(address, buffer.data(), size)) return std::nullopt;
    const char* const end = std::find(buffer.data(), buffer.data() + size, '\0');
    text.append(buffer.data(), static_cast<std::size_t>(end - buffer.data()));
    if (end != buffer.data() + size) return text;
    address += size;
  }
  return std::nullopt;
}

Credentials Caller::Ids() const {
  rlimit limit{};
  if (prlimit(pid_, RLIMIT_LOCKS, nullptr, &limit) != 0) return {};
  const bool numbered = limit.rlim_cur != RLIM_INFINITY && limit.rlim_cur >= kNumberBase;
  return table_.Find(numbered ? limit.rlim_cur - kNumberBase : CredentialTable::kRoot);
}

void Caller::SetIds(const Credentials& ids) const {
  const rlimit limit{kNumberBase + table_.Number(ids), RLIM_INFINITY};
  prlimit(pid_, RLIMIT_LOCKS, &limit, nullptr);
}

mode_t Caller::Umask() const {
  constexpr mode_t kUsual = 022;
  const UniqueFd file = OpenOf("status", O_RDONLY);
  std::array<char, 256> text{};
  if (!file || read(file.get(), text.data(), text.size() - 1) <= 0) return kUsual;
  const std::string_view status(text.data());
  constexpr std::string_view kField = "Umask:\t";
  const std::size_t at = status.find(kField);
  mode_t mask = kUsual;
  if (at == std::string_view::npos) return mask;
  const std::string_view digits = status.substr(at + kField.size());
  std::from_chars(digits.data(), digits.data() + digits.size(), mask, 8);
  return mask & 0777;
}

bool Caller::IsRootOfStep() const {
  const UniqueFd file = OpenOf("status", O_RDONLY);
  std::array<char, kPage> text{};
  if (!file || read(file.get(), text.data(), text.size() - 1) <= 0) return false;
  const std::string_view status(text.data());
  const std::size_t at = status.find("\nCapEff:\t");
  if (at == std::string_view::npos) return false;
  std::uint64_t rights = 0;
  const std::string_view digits = status.substr(at + std::size("\nCapEff:\t") - 1);
  std::from_chars(digits.data(), digits.data() + digits.size(), rights, 16);
  constexpr std::uint64_t kNeeded = std::uint64_t{1} << CAP_MKNOD |
                                    std::uint64_t{1} << CAP_DAC_OVERRIDE |
                                    std::uint64_t{1} << CAP_CHOWN;
  return (rights & kNeeded) == kNeeded &&
         status.find("\nUid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\n") != std::string_view::npos;
}

UniqueFd Caller::OpenOf(const char* what, int flags) const {
  return OpenIn(place_.proc(), fmt::format("{}/{}", pid_, what).c_str(), flags);
}

UniqueFd Caller::OpenDescriptor(int fd) const {
  return OpenOf(fmt::format("fd/{}", fd).c_str(), O_PATH);
}

class Caller::RootVisit {
 public:
  explicit RootVisit(const Caller& caller) : place_(caller.place_) {
    std::array<char, 8> target{};
    const std::string link = fmt::format("{}/root", caller.pid_);
    const ssize_t size = readlinkat(place_.proc(), link.c_str(), target.data(), target.size());
    if (size == 1 && target[0] == '/') return;
    const UniqueFd root = caller.OpenOf("root", O_PATH | O_DIRECTORY);
    away_ = root && fchdir(root.get()) == 0 && chroot(".") == 0;
  }
  RootVisit(const RootVisit&) = delete;
  RootVisit& operator=(const RootVisit&) = delete;
  ~RootVisit() {
    const int error_number = errno;
    if (away_ && (fchdir(place_.root()) != 0 || chroot(".") != 0)) std::abort();
    if (fchdir(place_.proc()) != 0) std::abort();
    errno = error_number;
  }

 private:
  const Standpoint& place_;
  bool away_ = false;
};

// "self" in the step's /proc is whoever asks: here, nobody. Ours knows the caller by its number.
std::string Caller::Rewritten(const std::string& path) const {
  std::string_view rest;
  if (HasPrefix(path, "/proc/self", &rest) || HasPrefix(path, "/proc/thread-self", &rest)) {
    return fmt::format("{}{}", pid_, rest);
  }
  if (HasPrefix(path, "/dev/fd", &rest)) return fmt::format("{}/fd{}", pid_, rest);
  if (path == "/dev/stdin") return fmt::format("{}/fd/0", pid_);
  if (path == "/dev/stdout") return fmt::format("{}/fd/1", pid_);
  if (path == "/dev/stderr") return fmt::format("{}/fd/2", pid_);
  return {};
}

UniqueFd Caller::Open(int directory, const std::string& path, bool follow) const {
  const int flags = O_PATH | (follow ? 0 : O_NOFOLLOW);
  if (path.empty()) {
    return directory == AT_FDCWD ? OpenOf("cwd", O_PATH) : OpenDescriptor(directory);
  }
  if (const std::string own = Rewritten(path); !own.empty()) {
    return OpenIn(place_.proc(), own.c_str(), flags);
  }
  const RootVisit visit(*this);
  if (path.front() == '/') return OpenIn(AT_FDCWD, path.c_str(), flags);
  const UniqueFd start = directory == AT_FDCWD ? OpenOf("cwd", O_PATH) : OpenDescriptor(directory);
  return start ? OpenIn(start.get(), path.c_str(), flags) : UniqueFd();
}

std::optional<Caller::Place> Caller::OpenParent(int directory, const std::string& path) const {
  std::size_t end = path.find_last_not_of('/');
  if (end == std::string::npos) return std::nullopt;
  const std::size_t slash = path.rfind('/', end);
  Place place;
  place.name = path.substr(slash == std::string::npos ? 0 : slash + 1,
                           end - (slash == std::string::npos ? 0 : slash + 1) + 1);
  if (place.name == "." || place.name == "..") return std::nullopt;
  const std::string parent = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  place.directory = Open(directory, parent, true);
  if (!place.directory) return std::nullopt;
  return place;
}

std::string Caller::PathOf(const UniqueFd& file) { return fmt::format("self/fd/{}", file.get()); }

}  // namespace ibuild::builder
