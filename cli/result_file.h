// A file that is a command's result: a path, which changes only when all of it has been written, or
// "-", standard output.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "support/byte_stream.h"

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
  std::filesystem::path target_;     // empty: standard output
  std::filesystem::path temporary_;  // empty: written in place
  std::unique_ptr<ByteSink> sink_;
};

}  // namespace ibuild::cli
