#include "containers/monitor/log_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <utility>

#include "support/files.h"
#include "support/text.h"

namespace ibuild::containers {
namespace {

constexpr std::size_t kLongestPart = 16U << 10;

void AppendRecord(std::string* records, Stream stream, std::string_view text, std::int64_t time) {
  fmt::format_to(std::back_inserter(*records), "{} {} {}\n", time, static_cast<char>(stream),
                 text.size());
  records->append(text);
  records->push_back('\n');
}

std::filesystem::path Older(const std::filesystem::path& path) { return path.native() + ".1"; }

template <typename Number>
bool ParseNumber(std::string_view text, Number* number) {
  const auto result = std::from_chars(text.data(), text.data() + text.size(), *number);
  return result.ec == std::errc() && result.ptr == text.data() + text.size();
}

}  // namespace

LogWriter::LogWriter(std::filesystem::path path, std::uint64_t limit)
    : path_(std::move(path)), limit_(limit) {
  file_ = OpenFile(path_, O_WRONLY | O_CREAT | O_APPEND, 0600);
  struct stat state {};
  if (fstat(file_.get(), &state) == 0) size_ = static_cast<std::uint64_t>(state.st_size);
}

void LogWriter::Write(Stream stream, std::string_view bytes, std::int64_t time) {
  std::string records;
  std::string& pending = Pending(stream);
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    std::size_t take = end == std::string_view::npos ? bytes.size() : end + 1;
    take = std::min(take, kLongestPart - pending.size());
    pending.append(bytes.substr(0, take));
    bytes.remove_prefix(take);
    if (pending.back() != '\n' && pending.size() < kLongestPart) break;
    AppendRecord(&records, stream, pending, time);
    pending.clear();
  }
  if (!records.empty()) Append(std::move(records), time);
}

void LogWriter::Flush(std::int64_t time) {
  std::string records;
  for (const Stream stream : {Stream::kOutput, Stream::kErrors}) {
    if (!Pending(stream).empty()) AppendRecord(&records, stream, Pending(stream), time);
    Pending(stream).clear();
  }
  if (!records.empty() || lost_ > 0) Append(std::move(records), time);
}

// What is not there is told where it would be, as soon as there is room for that.
void LogWriter::Append(std::string records, std::int64_t time) {
  const std::size_t size = records.size();
  if (lost_ > 0) {
    std::string told;
    AppendRecord(&told, Stream::kErrors,
                 fmt::format("ibuild: the disk was full: about {} of output are missing here\n",
                             FormatByteSize(lost_)),
                 time);
    records.insert(0, told);
  }
  lost_ = TryAppend(records) ? 0 : lost_ + size;
}

bool LogWriter::TryAppend(const std::string& records) {
  if (size_ + records.size() > limit_ && size_ > 0) Rotate();
  const ssize_t written = write(file_.get(), records.data(), records.size());
  if (written == static_cast<ssize_t>(records.size())) {
    size_ += records.size();
    return true;
  }
  if (written > 0) {
    [[maybe_unused]] const int cut = ftruncate(file_.get(), static_cast<off_t>(size_));
  }
  return false;
}

void LogWriter::Rotate() {
  rename(path_.c_str(), Older(path_).c_str());
  UniqueFd next(open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!next) return;
  file_ = std::move(next);
  size_ = 0;
}

LogReader::LogReader(std::filesystem::path path) : path_(std::move(path)) {
  if (auto older = OpenFileIfExists(Older(path_), O_RDONLY)) {
    file_ = std::move(*older);
    in_older_ = true;
  } else if (auto newer = OpenFileIfExists(path_, O_RDONLY)) {
    file_ = std::move(*newer);
  }
}

// More bytes of the present file; false: there are none.
bool LogReader::Fill() {
  if (!file_) return false;
  if (position_ > 0) buffer_.erase(0, std::exchange(position_, 0));
  std::array<char, 64 * 1024> chunk;
  const ssize_t size = read(file_.get(), chunk.data(), chunk.size());
  if (size <= 0) return false;
  buffer_.append(chunk.data(), static_cast<std::size_t>(size));
  return true;
}

// To the newer file, when the present one is not it; false: it is.
bool LogReader::TurnOver() {
  auto newer = OpenFileIfExists(path_, O_RDONLY);
  if (!newer) return false;
  struct stat ours {};
  struct stat theirs {};
  if (file_ && fstat(file_.get(), &ours) == 0 && fstat(newer->get(), &theirs) == 0 &&
      ours.st_ino == theirs.st_ino && ours.st_dev == theirs.st_dev) {
    return false;
  }
  file_ = std::move(*newer);
  in_older_ = false;
  buffer_.clear();
  position_ = 0;
  return true;
}

std::optional<LogEntry> LogReader::Next() {
  for (;;) {
    const std::string_view rest = std::string_view(buffer_).substr(position_);
    const std::size_t line = rest.find('\n');
    if (line != std::string_view::npos) {
      const auto fields = Split(rest.substr(0, line), ' ');
      LogEntry entry;
      std::size_t size = 0;
      if (fields.size() != 3 || fields[1].size() != 1 || !ParseNumber(fields[0], &entry.time) ||
          !ParseNumber(fields[2], &size)) {
        position_ += line + 1;  // not ours: look for the next record
        continue;
      }
      if (rest.size() >= line + 1 + size + 1) {
        entry.stream = static_cast<Stream>(fields[1][0]);
        entry.text = rest.substr(line + 1, size);
        position_ += line + 1 + size + 1;
        return entry;
      }
    }
    if (!Fill() && !TurnOver()) return std::nullopt;
  }
}

}  // namespace ibuild::containers
