#include "cli/render/list_format.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/template/template.h"
#include "support/json.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

void ReplaceAll(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
}

std::string DefaultTemplate(const std::vector<std::string_view>& shown) {
  std::vector<std::string> fields;
  for (const std::string_view field : shown) fields.push_back(fmt::format("{{{{.{}}}}}", field));
  return Join(fields, "\t");
}

OrderedJson Headers(const std::vector<ListColumn>& columns) {
  OrderedJson headers = OrderedJson::object();
  for (const ListColumn& column : columns) {
    headers[std::string(column.field)] = std::string(column.header);
  }
  return headers;
}

// Cells that a tab ends, of each line: what follows the last tab is in no column.
std::vector<std::vector<std::string_view>> CellsOf(std::string_view text) {
  std::vector<std::vector<std::string_view>> lines;
  if (text.ends_with('\n')) text.remove_suffix(1);
  for (const std::string_view line : Split(text, '\n')) lines.push_back(Split(line, '\t'));
  return lines;
}

}  // namespace

std::string AlignTabs(std::string_view text) {
  constexpr std::size_t kLeast = 10;
  constexpr std::size_t kPadding = 3;
  const auto lines = CellsOf(text);
  std::vector<std::size_t> widths;
  for (const auto& cells : lines) {
    widths.resize(std::max(widths.size(), cells.size()), kLeast);
    for (std::size_t i = 0; i + 1 < cells.size(); ++i) {
      widths[i] = std::max(widths[i], cells[i].size() + kPadding);
    }
  }
  std::string aligned;
  for (const auto& cells : lines) {
    for (std::size_t i = 0; i + 1 < cells.size(); ++i) {
      aligned += fmt::format("{:{}}", cells[i], widths[i]);
    }
    if (!cells.empty()) aligned += cells.back();
    aligned += '\n';
  }
  return aligned;
}

std::string RenderList(std::string_view format, const std::vector<OrderedJson>& rows,
                       const std::vector<ListColumn>& columns,
                       const std::vector<std::string_view>& shown) {
  std::string text;
  if (format == "json") {
    for (const OrderedJson& row : rows) text += DumpJson(row, JsonStyle::kGo) + "\n";
    return text;
  }
  constexpr std::string_view kTable = "table";
  const bool table = format.empty() || format.starts_with(kTable);
  std::string pattern(format);
  if (table) {
    pattern = format.empty() ? "" : std::string(Trim(format.substr(kTable.size())));
    if (pattern.empty()) pattern = DefaultTemplate(shown);
  }
  ReplaceAll(pattern, "\\t", "\t");
  ReplaceAll(pattern, "\\n", "\n");
  const Template row_template = Template::Parse(pattern);
  if (table) text += row_template.Execute(Headers(columns)) + "\n";
  for (const OrderedJson& row : rows) text += row_template.Execute(row) + "\n";
  return table ? AlignTabs(text) : text;
}

}  // namespace ibuild::cli
