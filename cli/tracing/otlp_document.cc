#include "cli/tracing/otlp_document.h"

#include "cli/render/activity_state.h"
#include "support/json.h"

namespace ibuild::cli {
namespace {

// opentelemetry.proto.trace.v1
constexpr int kInternalSpan = 1;
constexpr int kStatusError = 2;

OrderedJson Attribute(const std::string& key, const char* type, OrderedJson value) {
  return {{"key", key}, {"value", {{type, std::move(value)}}}};
}

OrderedJson Text(const std::string& key, const std::string& value) {
  return Attribute(key, "stringValue", value);
}

// The names that OpenTelemetry has for something, else ours.
std::string KeyOf(const std::string& name) {
  return name == "exit_code" ? "process.exit.code" : "ibuild." + name;
}

OrderedJson AttributesOf(const Span& span) {
  OrderedJson attributes = OrderedJson::array();
  attributes.push_back(Text("ibuild.state", NameOf(span.state)));
  attributes.push_back(
      Attribute("ibuild.cached", "boolValue", span.state == ActivityState::kCached));
  for (const auto& [name, number] : span.numbers) {
    attributes.push_back(Attribute(KeyOf(name), "intValue", std::to_string(number)));
  }
  for (const auto& [name, text] : span.texts) attributes.push_back(Text(KeyOf(name), text));
  return attributes;
}

OrderedJson StatusOf(const Span& span) {
  OrderedJson status = OrderedJson::object();
  if (span.state != ActivityState::kFailed) return status;
  status["message"] = span.problem;
  status["code"] = kStatusError;
  return status;
}

OrderedJson Write(const OtlpDocument& document, const Span& span, const std::string& id,
                  const std::optional<std::string>& parent) {
  OrderedJson json = {{"traceId", document.build.trace_id}, {"spanId", id}};
  if (parent) json["parentSpanId"] = *parent;
  const std::int64_t begin = document.epoch + span.begin.count();
  json["name"] = span.name;
  json["kind"] = kInternalSpan;
  json["startTimeUnixNano"] = std::to_string(begin);
  json["endTimeUnixNano"] = std::to_string(begin + span.length.count());
  json["attributes"] = AttributesOf(span);
  json["status"] = StatusOf(span);
  return json;
}

}  // namespace

std::string WriteOtlp(const OtlpDocument& document) {
  OrderedJson resource = OrderedJson::array();
  for (const auto& [key, value] : document.resource) resource.push_back(Text(key, value));
  const std::string& build = document.build.span_id;
  OrderedJson spans = OrderedJson::array();
  spans.push_back(Write(document, document.root, build, document.parent_span));
  for (const Span& part : document.parts) {
    spans.push_back(Write(document, part, document.new_span_id(), build));
  }
  const OrderedJson scope = {{"scope", {{"name", "ibuild"}, {"version", document.version}}},
                             {"spans", std::move(spans)}};
  const OrderedJson traced = {{"resource", {{"attributes", std::move(resource)}}},
                              {"scopeSpans", OrderedJson::array({scope})}};
  return DumpJson(OrderedJson{{"resourceSpans", OrderedJson::array({traced})}});
}

}  // namespace ibuild::cli
