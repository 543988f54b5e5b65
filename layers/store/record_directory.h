// RecordDirectory: small opaque records by key, each in a file of its own.
//
// A record is not synced when it is written; it carries a checksum instead, so that one which a
// loss of power has cut short reads as absent. Any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "layers/store/store_session.h"

namespace ibuild::layers {

inline constexpr std::size_t kRecordLimit = 64u << 20;  // bytes

class RecordDirectory {
 public:
  explicit RecordDirectory(SharedSession session) : session_(std::move(session)) {}

  // `key`: 64 lower-case hexadecimal digits.
  std::optional<std::string> Read(std::string_view key) const;
  // Replaces. What is longer than could be read again is not kept.
  void Write(std::string_view key, std::string_view record) const;
  void Remove(std::string_view key) const;  // missing is fine

 private:
  SharedSession session_;
};

}  // namespace ibuild::layers
