#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "parser/check/json_writer.h"
#include "parser/meaning/outline.h"

namespace ibuild::parser {
namespace {

using Row = std::vector<std::string>;

// Columns as wide as their widest cell and `gap` blanks; nothing is padded at the end of a line.
std::string Table(const std::vector<Row>& rows, std::size_t gap) {
  std::vector<std::size_t> widths;
  for (const Row& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const Row& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += fmt::format("{:<{}}", row[i], i + 1 < row.size() ? widths[i] + gap : 0);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::string MountTable(std::string_view title, const std::vector<OutlineMount>& mounts) {
  if (mounts.empty()) return {};
  std::vector<Row> rows = {{std::string(title), "REQUIRED"}};
  for (const OutlineMount& mount : mounts) {
    rows.push_back({mount.name, mount.required ? "true" : ""});
  }
  return Table(rows, 3) + "\n";
}

void WriteLocation(const SourceRange& range, JsonWriter& json) {
  json.Key("location").BeginObject().Key("ranges").BeginArray().BeginObject();
  json.Key("start").BeginObject().Key("line").Number(range.begin.line).EndObject();
  json.Key("end").BeginObject().Key("line").Number(range.end.line).EndObject();
  json.EndObject().EndArray().EndObject();
}

void WriteMounts(std::string_view key, const std::vector<OutlineMount>& mounts, JsonWriter& json) {
  if (mounts.empty()) return;
  json.Key(key).BeginArray();
  for (const OutlineMount& mount : mounts) {
    json.BeginObject().Member("name", mount.name);
    if (mount.required) json.Key("required").Bool(true);
    WriteLocation(mount.range, json);
    json.EndObject();
  }
  json.EndArray();
}

void WriteSources(const SourceText& source, JsonWriter& json) {
  json.Key("sources").BeginArray().String(Base64(source.text())).EndArray();
}

}  // namespace

std::string RenderTargetsText(const std::vector<Target>& targets) {
  std::vector<Row> rows = {{"TARGET", "DESCRIPTION"}};
  for (const Target& target : targets) {
    std::string name = target.name;
    if (target.is_default) name += name.empty() ? "(default)" : " (default)";
    rows.push_back({name, target.description});
  }
  return Table(rows, 1);
}

std::string RenderTargetsJson(const std::vector<Target>& targets, const SourceText& source) {
  JsonWriter json;
  json.BeginObject().Key("targets").BeginArray();
  for (const Target& target : targets) {
    json.BeginObject().MemberIfAny("name", target.name);
    if (target.is_default) json.Key("default").Bool(true);
    json.MemberIfAny("description", target.description);
    json.MemberIfAny("base", target.base);
    json.MemberIfAny("platform", target.platform);
    WriteLocation(target.range, json);
    json.EndObject();
  }
  json.EndArray();
  WriteSources(source, json);
  json.EndObject();
  return std::move(json).Finish();
}

std::string RenderOutlineText(const Outline& outline) {
  std::string text;
  if (!outline.name.empty() || !outline.description.empty()) {
    std::vector<Row> rows = {{"TARGET:", outline.name.empty() ? "(default)" : outline.name}};
    if (!outline.description.empty()) rows.push_back({"DESCRIPTION:", outline.description});
    text += Table(rows, 1) + "\n";
  }
  if (!outline.args.empty()) {
    std::vector<Row> rows = {{"BUILD ARG", "VALUE", "DESCRIPTION"}};
    for (const OutlineArg& arg : outline.args) {
      rows.push_back({arg.name, arg.value, arg.description});
    }
    text += Table(rows, 3) + "\n";
  }
  return text + MountTable("SECRET", outline.secrets) + MountTable("SSH", outline.ssh);
}

std::string RenderOutlineJson(const Outline& outline, const SourceText& source) {
  JsonWriter json;
  json.BeginObject();
  json.MemberIfAny("name", outline.name);
  json.MemberIfAny("description", outline.description);
  if (!outline.args.empty()) {
    json.Key("args").BeginArray();
    for (const OutlineArg& arg : outline.args) {
      json.BeginObject().Member("name", arg.name);
      json.MemberIfAny("description", arg.description);
      json.MemberIfAny("value", arg.value);
      WriteLocation(arg.range, json);
      json.EndObject();
    }
    json.EndArray();
  }
  WriteMounts("secrets", outline.secrets, json);
  WriteMounts("ssh", outline.ssh, json);
  WriteSources(source, json);
  json.EndObject();
  return std::move(json).Finish();
}

}  // namespace ibuild::parser
