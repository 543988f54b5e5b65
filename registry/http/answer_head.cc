#include "registry/http/answer_head.h"

#include <algorithm>
#include <cstring>

#include "support/text.h"

namespace ibuild::registry {

void AnswerHead::TakeStatusLine(std::string_view line) {
  const std::size_t blank = line.find(' ');
  const std::string_view code =
      blank == std::string_view::npos ? std::string_view() : line.substr(blank + 1, 3);
  status_ = static_cast<int>(ParseUnsigned(code).value_or(0));
  headers_ = {};
  if (status_ == 100) saw_continue_ = true;
}

void AnswerHead::TakeLine(std::string_view line) {
  if (complete_) return;
  line = Trim(line);
  if (line.starts_with("HTTP/")) return TakeStatusLine(line);
  if (line.empty()) {
    complete_ = status_ >= 200;
    return;
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return;
  headers_.Add(Trim(line.substr(0, colon)), Trim(line.substr(colon + 1)));
}

void ReceiveBuffer::SetTarget(std::span<std::byte> target) {
  target_ = target;
  filled_ = 0;
}

void ReceiveBuffer::Append(std::span<const std::byte> bytes) {
  const std::size_t direct = std::min(bytes.size(), target_.size() - filled_);
  if (direct > 0) std::memcpy(target_.data() + filled_, bytes.data(), direct);
  filled_ += direct;
  const auto rest = bytes.subspan(direct);
  bytes_.insert(bytes_.end(), rest.begin(), rest.end());
}

std::size_t ReceiveBuffer::Take(std::span<std::byte> buffer) {
  const std::size_t size = std::min(buffer.size(), bytes_.size() - position_);
  if (size > 0) std::memcpy(buffer.data(), bytes_.data() + position_, size);
  position_ += size;
  if (empty()) {
    bytes_.clear();
    position_ = 0;
  }
  return size;
}

}  // namespace ibuild::registry
