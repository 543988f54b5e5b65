// What a step writes, kept for `ibuild builds logs`. Made at the first byte, bounded, and never a
// reason for a build to fail. One thread at a time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "support/fd.h"

namespace ibuild::builder {

class OutputFile {
 public:
  static constexpr std::uint64_t kMostBytes = 16u << 20;

  explicit OutputFile(std::filesystem::path path) : path_(std::move(path)) {}

  void Write(std::string_view bytes) noexcept;

 private:
  std::filesystem::path path_;
  UniqueFd fd_;
  std::uint64_t left_ = kMostBytes;
};

}  // namespace ibuild::builder
