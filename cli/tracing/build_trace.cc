#include "cli/tracing/build_trace.h"

#include "cli/tracing/send_trace.h"
#include "registry/client/registry_settings.h"
#include "support/clock.h"
#include "support/environment.h"

namespace ibuild::cli {
namespace {

std::int64_t NanosecondsOf(UnixTime time) {
  return time.seconds * 1'000'000'000 + time.nanoseconds;
}

}  // namespace

BuildTrace::BuildTrace(Wiring& wiring, std::string image)
    : wiring_(wiring), settings_(ReadOtlpSettings(GetEnvironment)), image_(std::move(image)) {
  if (settings_.endpoint.empty()) return;
  if (!settings_.problem.empty()) {
    wiring.reporter().Log(LogLevel::kWarning, "the trace is not sent: " + settings_.problem);
    return;
  }
  const auto parent = TraceContext::Parse(GetEnvironment("TRACEPARENT").value_or(""));
  if (parent && !parent->sampled) return;
  OtlpDocument document;
  document.resource = settings_.resource;
  document.version = IBUILD_VERSION;
  document.resource.emplace_back("service.version", document.version);
  document.build = TraceContext::New();
  if (parent) {
    document.build.trace_id = parent->trace_id;
    document.parent_span = parent->span_id;
  }
  document.new_span_id = NewSpanId;
  wiring.settings().trace_id = document.build.trace_id;
  wiring.registry_settings().traceparent = document.build.ToString();
  const auto passed = Trace::Clock::now() - wiring.trace().start();
  document.epoch = NanosecondsOf(Now()) - std::chrono::nanoseconds(passed).count();
  document_ = std::move(document);
}

void BuildTrace::End(Trace::Clock::time_point begin, ActivityState state,
                     const std::string& problem) {
  const auto end = Trace::Clock::now();
  Trace& trace = wiring_.trace();
  Span build{.name = "build", .state = state, .problem = problem.substr(0, problem.find('\n'))};
  if (!image_.empty()) build.texts.emplace("image", image_);
  std::vector<Span> parts = trace.spans();
  trace.Record(build, begin, end);
  if (!document_) return;
  build.begin = begin - trace.start();
  build.length = end - begin;
  document_->root = std::move(build);
  document_->parts = std::move(parts);
  wiring_.AtEnd([&wiring = wiring_, settings = settings_, body = WriteOtlp(*document_)] {
    SendTrace(wiring, settings, body);
  });
}

}  // namespace ibuild::cli
