// Which trace we are a part of, as W3C Trace Context writes it in TRACEPARENT and in the header
// traceparent: 00-<trace id>-<span id>-<flags>. Pure, but for New().
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ibuild::cli {

struct TraceContext {
  std::string trace_id;  // 32 hexadecimal digits, not all 0
  std::string span_id;   // 16, likewise
  bool sampled = true;   // false: whoever began the trace does not record it

  // A trace of our own.
  static TraceContext New();
  // Of version 00, whole and in lower case; nothing for all else, which is as good as none.
  static std::optional<TraceContext> Parse(std::string_view text);
  std::string ToString() const;
};

std::string NewSpanId();

}  // namespace ibuild::cli
