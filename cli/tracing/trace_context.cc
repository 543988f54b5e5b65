#include "cli/tracing/trace_context.h"

#include <fmt/format.h>

#include <vector>

#include "support/files.h"
#include "support/hex.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

constexpr std::size_t kTraceIdBytes = 16;
constexpr std::size_t kSpanIdBytes = 8;

bool IsHexOf(std::string_view text, std::size_t bytes) {
  return text.size() == 2 * bytes && IsLowerHex(text);
}

bool IsId(std::string_view text, std::size_t bytes) {
  return IsHexOf(text, bytes) && text.find_first_not_of('0') != std::string_view::npos;
}

// The lowest bit of the flags is the only one that has a meaning.
bool IsSampled(std::string_view flags) {
  return std::string_view("13579bdf").find(flags.back()) != std::string_view::npos;
}

}  // namespace

TraceContext TraceContext::New() { return {RandomHex(kTraceIdBytes), NewSpanId(), true}; }

std::optional<TraceContext> TraceContext::Parse(std::string_view text) {
  const std::vector<std::string_view> parts = Split(text, '-');
  if (parts.size() != 4 || parts[0] != "00" || !IsId(parts[1], kTraceIdBytes) ||
      !IsId(parts[2], kSpanIdBytes) || !IsHexOf(parts[3], 1)) {
    return std::nullopt;
  }
  return TraceContext{std::string(parts[1]), std::string(parts[2]), IsSampled(parts[3])};
}

std::string TraceContext::ToString() const {
  return fmt::format("00-{}-{}-{}", trace_id, span_id, sampled ? "01" : "00");
}

std::string NewSpanId() { return RandomHex(kSpanIdBytes); }

}  // namespace ibuild::cli
