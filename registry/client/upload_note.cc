#include "registry/client/upload_note.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>

#include "oci/digest.h"
#include "support/error.h"
#include "support/files.h"
#include "support/text.h"

namespace ibuild::registry {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongest = 64u << 10;
constexpr std::chrono::hours kKept{7 * 24};  // registries forget sessions sooner than that

// Of uploads that nobody came back to.
void Sweep(const fs::path& directory) {
  std::error_code ignored;
  const auto old = fs::file_time_type::clock::now() - kKept;
  for (const auto& entry : fs::directory_iterator(directory, ignored)) {
    const auto written = entry.last_write_time(ignored);
    if (!ignored && written < old) fs::remove(entry.path(), ignored);
  }
}

bool IsNamed(int file, const fs::path& name) {
  struct stat open_file;
  struct stat named;
  return ::fstat(file, &open_file) == 0 && ::lstat(name.c_str(), &named) == 0 &&
         open_file.st_ino == named.st_ino && open_file.st_dev == named.st_dev;
}

}  // namespace

UploadNote::UploadNote(const fs::path& directory, const oci::Repository& repository,
                       std::string_view content)
    : directory_(directory), repository_(repository.ToString()) {
  if (directory_.empty() || content.empty()) return;
  if (::mkdir(directory_.c_str(), 0700) != 0 && errno != EEXIST) return;
  Sweep(directory_);  // first: what is opened here stays
  Open(PathOf(content));
}

UploadNote::~UploadNote() {
  if (file_ && !Read()) Remove();
}

void UploadNote::Open(const fs::path& path) {
  UniqueFd file(::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file || ::flock(file.get(), LOCK_EX | LOCK_NB) != 0 || !IsNamed(file.get(), path)) return;
  file_ = std::move(file);
  path_ = path;
}

fs::path UploadNote::PathOf(std::string_view content) const {
  return directory_ / oci::Digest::OfText(repository_ + "\n" + std::string(content)).hex();
}

std::optional<Url> UploadNote::Read() const {
  if (!file_) return std::nullopt;
  std::string text(kLongest, '\0');
  const ssize_t size = ::pread(file_.get(), text.data(), text.size(), 0);
  if (size <= 0) return std::nullopt;
  text.resize(static_cast<std::size_t>(size));
  if (!text.ends_with('\n')) return std::nullopt;
  return Url::TryParse(Trim(text));
}

// A note that cannot be written is no reason to fail: it is emptied, if that can be done.
void UploadNote::Write(const Url& location) {
  if (!file_) return;
  const std::string text = location.Wire() + "\n";
  if (::ftruncate(file_.get(), 0) != 0 || text.size() > kLongest) return;
  const ssize_t size = ::pwrite(file_.get(), text.data(), text.size(), 0);
  if (size == static_cast<ssize_t>(text.size())) return;
  if (::ftruncate(file_.get(), 0) != 0) file_.Reset();
}

void UploadNote::Rename(std::string_view content) {
  if (path_.empty()) return;
  const fs::path renamed = PathOf(content);
  if (::rename(path_.c_str(), renamed.c_str()) == 0) path_ = renamed;
}

void UploadNote::Remove() {
  if (file_) ::unlink(path_.c_str());
  file_.Reset();
}

}  // namespace ibuild::registry
