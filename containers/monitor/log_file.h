// The output of a container on disk: lines with time and stream, in two files of bounded size.
//
// A record is "<nanoseconds> <o|e> <size>\n", that many bytes, and "\n". The writer appends records
// of whole lines (16 KiB at most in one); when `log` has reached its limit it becomes `log.1`,
// whose predecessor goes. What a full disk cuts short is taken back: then lines are missing, never
// torn, and when there is room again, a line of ours says how much.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "support/fd.h"

namespace ibuild::containers {

enum class Stream : char { kOutput = 'o', kErrors = 'e' };

struct LogEntry {
  std::int64_t time = 0;  // nanoseconds since 1970
  Stream stream = Stream::kOutput;
  std::string text;  // with its line end, if it had one
};

class LogWriter {
 public:
  static constexpr std::uint64_t kDefaultLimit = 32U << 20;  // of each of the two files

  explicit LogWriter(std::filesystem::path path, std::uint64_t limit = kDefaultLimit);

  // Lines are written when they are complete. Never throws for a disk that is full.
  void Write(Stream stream, std::string_view bytes, std::int64_t time);
  void Flush(std::int64_t time);  // what has no line end yet

 private:
  std::string& Pending(Stream stream) { return pending_[stream == Stream::kErrors ? 1 : 0]; }
  void Append(std::string records, std::int64_t time);
  bool TryAppend(const std::string& records);
  void Rotate();

  std::filesystem::path path_;
  std::uint64_t limit_;
  UniqueFd file_;
  std::uint64_t size_ = 0;
  std::uint64_t lost_ = 0;  // since the disk is full
  std::array<std::string, 2> pending_;
};

class LogReader {
 public:
  // Begins with the older file. A log that does not exist is empty.
  explicit LogReader(std::filesystem::path path);

  // Nothing: no more for now. Asked again later it goes on, also into a file that is new.
  std::optional<LogEntry> Next();

 private:
  bool Fill();
  bool TurnOver();

  std::filesystem::path path_;
  UniqueFd file_;
  bool in_older_ = false;
  std::string buffer_;
  std::size_t position_ = 0;
};

}  // namespace ibuild::containers
