#include "parser/check/json_writer.h"
#include "parser/check/render_check.h"

namespace ibuild::parser {
namespace {

void WritePosition(std::string_view key, const SourcePosition& position, JsonWriter& json) {
  json.Key(key).BeginObject();
  json.Key("line").Number(position.line);
  json.Key("character").Number(position.column);
  json.EndObject();
}

void WriteRange(const SourceRange& range, JsonWriter& json) {
  json.BeginObject();
  WritePosition("start", range.begin, json);
  WritePosition("end", range.end, json);
  json.EndObject();
}

// Docker's ranges are whole lines, one for each of the instruction; what exactly is meant comes
// beside them.
void WriteLocation(const Diagnostic& diagnostic, JsonWriter& json) {
  json.Key("location").BeginObject();
  json.Key("ranges").BeginArray();
  for (std::size_t line = diagnostic.instruction.begin.line;
       line <= diagnostic.instruction.end.line; ++line) {
    WriteRange({{line, 0}, {line, 0}}, json);
  }
  json.EndArray();
  json.Key("exact");
  WriteRange(diagnostic.range, json);
  json.EndObject();
}

void WriteWarning(const Diagnostic& diagnostic, JsonWriter& json) {
  json.BeginObject();
  json.Member("ruleName", diagnostic.rule);
  json.MemberIfAny("description", diagnostic.description);
  json.MemberIfAny("url", diagnostic.url);
  json.Member("detail", diagnostic.message);
  json.MemberIfAny("hint", diagnostic.hint);
  WriteLocation(diagnostic, json);
  json.EndObject();
}

void WriteError(const Diagnostic& diagnostic, JsonWriter& json) {
  json.BeginObject();
  json.Member("ruleName", diagnostic.rule);
  json.Member("message", diagnostic.message);
  json.MemberIfAny("hint", diagnostic.hint);
  WriteLocation(diagnostic, json);
  json.EndObject();
}

void WriteSource(const SourceText& source, JsonWriter& json) {
  json.BeginObject();
  json.Member("filename", source.name());
  json.Member("language", "Dockerfile");
  json.Member("data", Base64(source.text()));
  json.EndObject();
}

// As Docker does: an error of the whole file has no place.
void WriteViolation(const CheckReport& report, JsonWriter& json) {
  if (report.violation.empty()) return;
  json.Key("buildError").BeginObject();
  json.Member("message", report.violation);
  json.Key("location").BeginObject();
  json.EndObject();
  json.EndObject();
}

void WriteErrors(const CheckReport& report, JsonWriter& json) {
  std::vector<const Diagnostic*> errors;
  for (const Diagnostic& diagnostic : report.diagnostics) {
    if (diagnostic.severity == Severity::kError) errors.push_back(&diagnostic);
  }
  if (errors.empty()) return WriteViolation(report, json);
  json.Key("buildError");
  WriteError(*errors.front(), json);
  json.Key("buildErrors").BeginArray();  // Docker stops at the first
  for (const Diagnostic* error : errors) WriteError(*error, json);
  json.EndArray();
}

}  // namespace

std::string RenderCheckJson(const CheckReport& report) {
  JsonWriter json;
  json.BeginObject();
  json.Key("warnings").BeginArray();
  for (const Diagnostic& diagnostic : report.diagnostics) {
    if (diagnostic.severity == Severity::kWarning) WriteWarning(diagnostic, json);
  }
  json.EndArray();
  json.Key("sources").BeginArray();
  WriteSource(report.source, json);
  json.EndArray();
  WriteErrors(report, json);
  json.EndObject();
  return std::move(json).Finish();
}

}  // namespace ibuild::parser
