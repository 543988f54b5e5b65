#include "layers/store/record_directory.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>

#include "support/error.h"
#include "support/files.h"
#include "support/sha256.h"

namespace ibuild::layers {
namespace {

constexpr std::size_t kChecksumLength = 16;  // hex digits, then a line feed, then the record
constexpr std::size_t kFileLimit = kRecordLimit + kChecksumLength + 1;

std::string Checksum(std::string_view record) {
  return ToHex(Sha256::Of(record)).substr(0, kChecksumLength);
}

std::uint64_t FileSize(const UniqueFd& file) {
  struct stat info;
  return ::fstat(file.get(), &info) == 0 ? static_cast<std::uint64_t>(info.st_size) : 0;
}

// A record's mtime is its last use, to the hour: fresh enough for choosing what to drop, and
// almost never a write.
void NoteUse(int fd) {
  constexpr std::time_t kHour = 3600;
  struct stat info;
  if (::fstat(fd, &info) != 0 || ::time(nullptr) - info.st_mtime < kHour) return;
  const timespec times[2] = {{0, UTIME_OMIT}, {0, UTIME_NOW}};
  ::futimens(fd, times);  // a hint only: failing is fine
}

}  // namespace

std::optional<std::string> RecordDirectory::Read(std::string_view key) const {
  const auto file = OpenFileIfExists(session_->layout().Record(key), O_RDONLY);
  if (!file || FileSize(*file) > kFileLimit) return std::nullopt;
  std::string text = ReadAll(file->get(), kFileLimit);
  if (text.size() <= kChecksumLength || text[kChecksumLength] != '\n') return std::nullopt;
  const std::string_view record = std::string_view(text).substr(kChecksumLength + 1);
  if (!text.starts_with(Checksum(record))) return std::nullopt;
  NoteUse(file->get());
  return text.erase(0, kChecksumLength + 1);
}

void RecordDirectory::Write(std::string_view key, std::string_view record) const {
  if (record.size() > kRecordLimit) return;
  const std::filesystem::path file = session_->layout().Record(key);
  if (::mkdir(file.parent_path().c_str(), 0700) != 0 && errno != EEXIST) {
    ThrowErrno("make directory " + file.parent_path().native());
  }
  PublishFile(*session_, file, {Checksum(record), "\n", record});
}

void RecordDirectory::Remove(std::string_view key) const {
  const std::filesystem::path file = session_->layout().Record(key);
  if (::unlink(file.c_str()) != 0 && errno != ENOENT) ThrowErrno("remove " + file.native());
}

}  // namespace ibuild::layers
