#include <map>

#include "parser/check/json_writer.h"
#include "parser/check/render_check.h"
#include "parser/syntax/chars.h"

namespace ibuild::parser {
namespace {

// SARIF counts lines and columns from 1 (§3.30); ours are bytes from 0, its are code points here.
std::size_t Column(const SourceText& source, const SourcePosition& position) {
  const std::string_view line = source.Line(position.line);
  std::size_t column = 1;
  for (std::size_t at = 0; at < line.size() && at < position.column; ++column) {
    at += CharLengthAt(line, at);
  }
  return column;
}

void WriteText(std::string_view key, std::string_view text, JsonWriter& json) {
  json.Key(key).BeginObject().Member("text", text).EndObject();
}

using RuleIndex = std::map<std::string, std::size_t>;

RuleIndex WriteRules(const CheckReport& report, JsonWriter& json) {
  RuleIndex index;
  json.Key("rules").BeginArray();
  for (const Diagnostic& diagnostic : report.diagnostics) {
    if (!index.emplace(diagnostic.rule, index.size()).second) continue;
    json.BeginObject().Member("id", diagnostic.rule);
    if (!diagnostic.description.empty()) {
      WriteText("shortDescription", diagnostic.description, json);
    }
    json.MemberIfAny("helpUri", diagnostic.url);
    json.EndObject();
  }
  json.EndArray();
  return index;
}

void WriteRegion(const CheckReport& report, const SourceRange& range, JsonWriter& json) {
  json.Key("region").BeginObject();
  json.Key("startLine").Number(range.begin.line);
  json.Key("startColumn").Number(Column(report.source, range.begin));
  json.Key("endLine").Number(range.end.line);
  json.Key("endColumn").Number(Column(report.source, range.end));
  json.EndObject();
}

void WriteResult(const CheckReport& report, const Diagnostic& diagnostic, std::size_t rule,
                 JsonWriter& json) {
  std::string message = diagnostic.message;
  if (!diagnostic.hint.empty()) message += "\nhint: " + diagnostic.hint;
  json.BeginObject();
  json.Member("ruleId", diagnostic.rule);
  json.Key("ruleIndex").Number(rule);
  json.Member("level", diagnostic.severity == Severity::kError ? "error" : "warning");
  WriteText("message", message, json);
  json.Key("locations").BeginArray().BeginObject();
  json.Key("physicalLocation").BeginObject();
  json.Key("artifactLocation").BeginObject().Member("uri", report.source.name()).EndObject();
  WriteRegion(report, diagnostic.range, json);
  json.EndObject().EndObject().EndArray().EndObject();
}

}  // namespace

std::string RenderCheckSarif(const CheckReport& report, std::string_view version) {
  JsonWriter json;
  json.BeginObject();
  json.Member("$schema", "https://json.schemastore.org/sarif-2.1.0.json");
  json.Member("version", "2.1.0");
  json.Key("runs").BeginArray().BeginObject();
  json.Key("tool").BeginObject().Key("driver").BeginObject();
  json.Member("name", "ibuild");
  json.MemberIfAny("version", version);
  const RuleIndex rules = WriteRules(report, json);
  json.EndObject().EndObject();
  json.Member("columnKind", "unicodeCodePoints");
  json.Key("results").BeginArray();
  for (const Diagnostic& diagnostic : report.diagnostics) {
    WriteResult(report, diagnostic, rules.at(diagnostic.rule), json);
  }
  json.EndArray().EndObject().EndArray().EndObject();
  return std::move(json).Finish();
}

}  // namespace ibuild::parser
