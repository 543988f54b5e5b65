// A build's spans as OTLP's ExportTraceServiceRequest in JSON (protobuf's JSON mapping: ids in
// hexadecimal, integers of 64 bits as text, times in nanoseconds since 1970). Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/tracing/trace_context.h"
#include "support/trace.h"

namespace ibuild::cli {

struct OtlpDocument {
  std::vector<std::pair<std::string, std::string>> resource;
  std::string version;                     // ours
  TraceContext build;                      // the span that the whole build is
  std::optional<std::string> parent_span;  // of that: who started us
  std::int64_t epoch = 0;                  // nanoseconds since 1970 when the trace began
  Span root;
  std::vector<Span> parts;  // all children of the build's
  std::function<std::string()> new_span_id;
};

std::string WriteOtlp(const OtlpDocument& document);

}  // namespace ibuild::cli
