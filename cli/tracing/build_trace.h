// BuildTrace: a build as one trace, sent to the collector of OTEL_EXPORTER_OTLP_ENDPOINT when all
// is over, or nothing at all where no such variable is.
//
// The trace goes on that of TRACEPARENT, and registries are told of it (traceparent), since what a
// build waits for is mostly them. Steps are not: what they do may depend on their environment, and
// an image must not on who watches. A collector costs a build a moment at most, and a line.
#pragma once

#include <optional>
#include <string>

#include "cli/tracing/otlp_document.h"
#include "cli/tracing/otlp_settings.h"
#include "cli/wiring.h"
#include "support/error.h"

namespace ibuild::cli {

class BuildTrace {
 public:
  // Before anything asks `wiring`, which must outlive it, for its reporter or a registry.
  BuildTrace(Wiring& wiring, std::string image);

  // Runs work(), which is the build.
  template <typename Work>
  decltype(auto) Follow(Work&& work) {
    wiring_.trace();  // begins with the first call: no span is to begin earlier
    const auto begin = Trace::Clock::now();
    try {
      auto result = std::forward<Work>(work)();
      End(begin, ActivityState::kDone, {});
      return result;
    } catch (const Error& error) {
      const bool cancelled = error.kind() == ErrorKind::kCancelled;
      End(begin, cancelled ? ActivityState::kCancelled : ActivityState::kFailed, error.message());
      throw;
    } catch (...) {
      End(begin, ActivityState::kFailed, "internal error");
      throw;
    }
  }

 private:
  void End(Trace::Clock::time_point begin, ActivityState state, const std::string& problem);

  Wiring& wiring_;
  OtlpSettings settings_;
  std::optional<OtlpDocument> document_;  // nothing: the trace is not sent
  std::string image_;
};

}  // namespace ibuild::cli
