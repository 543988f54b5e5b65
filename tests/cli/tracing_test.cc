#include <gtest/gtest.h>

#include <map>

#include "cli/render/quiet_reporter.h"
#include "cli/tracing/otlp_document.h"
#include "cli/tracing/otlp_settings.h"
#include "cli/tracing/trace_context.h"
#include "cli/tracing/tracing_reporter.h"
#include "support/json.h"
#include "tests/golden.h"

namespace ibuild::cli {
namespace {

using std::chrono::milliseconds;

OtlpSettings ReadFrom(const std::map<std::string, std::string>& environment) {
  return ReadOtlpSettings([&](const char* name) {
    const auto found = environment.find(name);
    return found == environment.end() ? std::nullopt : std::optional(found->second);
  });
}

constexpr const char* kEndpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

TEST(TraceContext, IsReadAndWritten) {
  const std::string text = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  const auto context = TraceContext::Parse(text);
  ASSERT_TRUE(context);
  EXPECT_EQ(context->trace_id, "0af7651916cd43dd8448eb211c80319c");
  EXPECT_EQ(context->span_id, "b7ad6b7169203331");
  EXPECT_TRUE(context->sampled);
  EXPECT_EQ(context->ToString(), text);
}

TEST(TraceContext, OnlyTheLowestFlagMeansSampled) {
  const std::string ids = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-";
  EXPECT_FALSE(TraceContext::Parse(ids + "00")->sampled);
  EXPECT_FALSE(TraceContext::Parse(ids + "fe")->sampled);
  EXPECT_TRUE(TraceContext::Parse(ids + "03")->sampled);
}

TEST(TraceContext, WhatIsNotWholeIsNone) {
  for (const char* text : {
           "",
           "00",
           "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
           "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
           "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
           "00-00000000000000000000000000000000-b7ad6b7169203331-01",
           "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
           "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1",
           "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0x",
           "00-0af7651916cd43dd8448eb211c80319-b7ad6b71692033311-01",
           "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
           " 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
       }) {
    EXPECT_FALSE(TraceContext::Parse(text)) << text;
  }
}

TEST(TraceContext, OursAreWellFormed) {
  const TraceContext context = TraceContext::New();
  EXPECT_TRUE(TraceContext::Parse(context.ToString())) << context.ToString();
  EXPECT_NE(context.trace_id, TraceContext::New().trace_id);
}

TEST(OtlpSettings, WithoutAnEndpointThereIsNothing) {
  EXPECT_EQ(ReadFrom({}).endpoint, "");
  EXPECT_EQ(ReadFrom({{kEndpoint, ""}}).endpoint, "");
  EXPECT_EQ(ReadFrom({{"OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"}}).problem, "");
}

TEST(OtlpSettings, TheGeneralEndpointIsABase) {
  EXPECT_EQ(ReadFrom({{kEndpoint, "http://c:4318"}}).endpoint, "http://c:4318/v1/traces");
  EXPECT_EQ(ReadFrom({{kEndpoint, "http://c:4318/p/"}}).endpoint, "http://c:4318/p/v1/traces");
  EXPECT_EQ(ReadFrom({{kEndpoint, "http://c:4318"},
                      {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "https://t/as/it/is"}})
                .endpoint,
            "https://t/as/it/is");
}

TEST(OtlpSettings, CanBeSwitchedOff) {
  const std::string url = "http://c";
  EXPECT_EQ(ReadFrom({{kEndpoint, url}, {"OTEL_SDK_DISABLED", "TRUE"}}).endpoint, "");
  EXPECT_EQ(ReadFrom({{kEndpoint, url}, {"OTEL_TRACES_EXPORTER", "none"}}).endpoint, "");
  EXPECT_EQ(ReadFrom({{kEndpoint, url}, {"OTEL_TRACES_EXPORTER", "console"}}).endpoint, "");
  EXPECT_NE(ReadFrom({{kEndpoint, url}, {"OTEL_TRACES_EXPORTER", "console, otlp"}}).endpoint, "");
  EXPECT_NE(ReadFrom({{kEndpoint, url}, {"OTEL_SDK_DISABLED", "false"}}).endpoint, "");
}

TEST(OtlpSettings, OnlyJsonIsSpoken) {
  EXPECT_EQ(
      ReadFrom({{kEndpoint, "http://c"}, {"OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"}}).problem,
      "");
  const OtlpSettings grpc =
      ReadFrom({{kEndpoint, "http://c"}, {"OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"}});
  EXPECT_NE(grpc.problem.find("OTEL_EXPORTER_OTLP_PROTOCOL is \"grpc\""), std::string::npos);
  EXPECT_EQ(ReadFrom({{kEndpoint, "http://c"},
                      {"OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"},
                      {"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/json"}})
                .problem,
            "");
}

TEST(OtlpSettings, ReadsHeadersAndTime) {
  const OtlpSettings settings =
      ReadFrom({{kEndpoint, "http://c"},
                {"OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20abc, x-team = a%2Cb,"},
                {"OTEL_EXPORTER_OTLP_TIMEOUT", "250"}});
  EXPECT_EQ(settings.problem, "");
  ASSERT_EQ(settings.headers.size(), 2u);
  EXPECT_EQ(settings.headers[0].first, "authorization");
  EXPECT_EQ(settings.headers[0].second.Reveal(), "Bearer abc");
  EXPECT_EQ(settings.headers[1].second.Reveal(), "a,b");
  EXPECT_EQ(settings.timeout, milliseconds(250));
}

TEST(OtlpSettings, SaysWhatIsWrongWithoutItsSecrets) {
  for (const char* headers : {"hunter2", "=hunter2", "a b=hunter2", "a=hunter2%0d%0ab: c"}) {
    const std::string problem =
        ReadFrom({{kEndpoint, "http://c"}, {"OTEL_EXPORTER_OTLP_HEADERS", headers}}).problem;
    EXPECT_NE(problem.find("OTEL_EXPORTER_OTLP_HEADERS"), std::string::npos) << headers;
    EXPECT_EQ(problem.find("hunter2"), std::string::npos) << problem;
  }
  const std::string problem = ReadFrom({{kEndpoint, "http://me:hunter2@c"}}).problem;
  EXPECT_NE(problem.find(kEndpoint), std::string::npos);
  EXPECT_EQ(problem.find("hunter2"), std::string::npos) << problem;
  for (const char* timeout : {"0", "-1", "2s", "99999999999"}) {
    EXPECT_NE(ReadFrom({{kEndpoint, "http://c"}, {"OTEL_EXPORTER_OTLP_TIMEOUT", timeout}}).problem,
              "")
        << timeout;
  }
}

TEST(OtlpSettings, TheServiceHasAName) {
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(ReadFrom({{kEndpoint, "http://c"}}).resource, (Pairs{{"service.name", "ibuild"}}));
  EXPECT_EQ(ReadFrom({{kEndpoint, "http://c"},
                      {"OTEL_SERVICE_NAME", "nightly"},
                      {"OTEL_RESOURCE_ATTRIBUTES", "service.name=other,team=a%20b"}})
                .resource,
            (Pairs{{"team", "a b"}, {"service.name", "nightly"}}));
  EXPECT_EQ(ReadFrom({{kEndpoint, "http://c"}, {"OTEL_RESOURCE_ATTRIBUTES", "service.name=mine"}})
                .resource,
            (Pairs{{"service.name", "mine"}}));
}

TEST(OtlpDocument, IsAsTheProtocolWantsIt) {
  OtlpDocument document;
  document.resource = {{"service.name", "ibuild"}, {"service.version", "1.2.3"}};
  document.version = "1.2.3";
  document.build = {"0af7651916cd43dd8448eb211c80319c", "00f067aa0ba902b7", true};
  document.parent_span = "b7ad6b7169203331";
  document.epoch = 1'800'000'000'000'000'000;
  document.root = {.name = "build",
                   .begin = milliseconds(1),
                   .length = milliseconds(2500),
                   .state = ActivityState::kFailed,
                   .problem = "process \"/bin/sh -c false\" did not complete successfully",
                   .texts = {{"image", "docker.io/user/app:1"}}};
  document.parts = {{.name = "[1/2] FROM debian:12", .state = ActivityState::kCached},
                    {.name = "[2/2] RUN false",
                     .begin = milliseconds(10),
                     .length = std::chrono::nanoseconds(123456789),
                     .state = ActivityState::kFailed,
                     .problem = "no",
                     .numbers = {{"exit_code", 1}, {"peak_memory_bytes", 1 << 20}}},
                    {.name = "[other 1/1] RUN sleep 9", .state = ActivityState::kCancelled}};
  int id = 0;
  document.new_span_id = [&id] { return "000000000000000" + std::to_string(++id); };
  const std::string text = WriteOtlp(document);
  ExpectGolden("testdata/otlp/failed-build.json",
               DumpJson(ParseOrderedJson(text, "document"), JsonStyle::kIndented) + "\n");
}

TEST(TracingReporter, RecordsWhatItPassesOn) {
  std::string written;
  Trace trace(Trace::Mode::kOn);
  TracingReporter reporter(std::make_unique<QuietReporter>(
                               [&](std::string_view text) { written += text; }, Palette(false)),
                           trace);
  {
    Activity cached(reporter, "[1/2] FROM debian:12");
    cached.Cached();
    Activity pull(reporter, "layer");
    pull.Advance(1, 7);
    pull.Advance(7, 7);
    Activity run(reporter, "[2/2] RUN false");
    run.Output("secret of the step\n");
    run.Measure("exit_code", 3);
    run.Failed("exit code: 3\nsecret of the step");
    pull.Done();
  }
  reporter.Log(LogLevel::kWarning, "careful");
  const std::vector<Span> spans = trace.spans();
  ASSERT_EQ(spans.size(), 3u);
  EXPECT_EQ(spans[0].state, ActivityState::kCached);
  EXPECT_EQ(spans[1].name, "[2/2] RUN false");
  EXPECT_EQ(spans[1].problem, "exit code: 3");
  EXPECT_EQ(spans[1].numbers.at("exit_code"), 3);
  EXPECT_EQ(spans[2].numbers.at("bytes"), 7);
  EXPECT_LE(spans[2].begin, spans[1].begin);
  EXPECT_NE(written.find("secret of the step"), std::string::npos);
  EXPECT_NE(written.find("careful"), std::string::npos);
}

}  // namespace
}  // namespace ibuild::cli
