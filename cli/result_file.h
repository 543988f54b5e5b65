// A file that is a command's result: a path, which changes only when all of it has been written, or
// "-", standard output. Until then it has no name where the file system can do that (O_TMPFILE), so
// that a process that is killed leaves nothing, but for the moment between naming it and putting it
// in its place; what is left then goes when the path is written the next time.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "support/byte_stream.h"
#include "support/cleanup.h"
#include "support/fd.h"

namespace ibuild::cli {

class ResultFile {
 public:
  // Throws kUsage when "-" is a terminal: archives are not for the eye.
  explicit ResultFile(const std::string& destination);
  ResultFile(const ResultFile&) = delete;
  ResultFile& operator=(const ResultFile&) = delete;
  ~ResultFile();  // without Commit nothing is left

  ByteSink& sink() { return *sink_; }
  void Commit();

 private:
  void OpenTemporary();
  void GiveName();
  void CopyTo(const std::filesystem::path& hidden);

  std::filesystem::path target_;     // empty: standard output
  UniqueFd nameless_;                // until it is in its place
  std::filesystem::path temporary_;  // where that cannot be; empty: nameless, or written in place
  std::optional<Cleanup> cleanup_;   // of `temporary_`
  std::unique_ptr<ByteSink> sink_;
};

}  // namespace ibuild::cli
