// AnswerHead: status and header lines of a response as they come in (RFC 9112), and ReceiveBuffer:
// the bytes of its body that nobody has read yet. Both pure.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "registry/http/message.h"

namespace ibuild::registry {

class AnswerHead {
 public:
  // One line with its line end. Interim answers (1xx) are noted and forgotten; trailers, which come
  // after the body, are passed over.
  void TakeLine(std::string_view line);

  bool complete() const { return complete_; }
  bool saw_continue() const { return saw_continue_; }
  int status() const { return status_; }
  Headers TakeHeaders() { return std::move(headers_); }

 private:
  void TakeStatusLine(std::string_view line);

  int status_ = 0;
  Headers headers_;
  bool complete_ = false;
  bool saw_continue_ = false;
};

class ReceiveBuffer {
 public:
  bool empty() const { return position_ == bytes_.size(); }
  bool Full() const { return bytes_.size() - position_ >= kLimit; }
  // The reader's own buffer takes what comes first, which saves a copy.
  void SetTarget(std::span<std::byte> target);
  std::size_t TargetFilled() const { return filled_; }
  void Append(std::span<const std::byte> bytes);
  std::size_t Take(std::span<std::byte> buffer);

 private:
  static constexpr std::size_t kLimit = 1u << 20;

  std::vector<std::byte> bytes_;
  std::size_t position_ = 0;
  std::span<std::byte> target_;
  std::size_t filled_ = 0;
};

}  // namespace ibuild::registry
