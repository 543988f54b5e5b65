#include "cli/containers/format.h"

#include <map>
#include <optional>
#include <utility>

#include "cli/render/table.h"
#include "cli/template/template.h"
#include "support/json.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

constexpr std::string_view kTable = "table";

std::string DefaultTable(const std::vector<Column>& columns, const std::vector<OrderedJson>& rows) {
  std::vector<std::string> header;
  for (const Column& column : columns) header.push_back(column.heading);
  Table table(std::move(header), kDockerSpacing);
  for (const OrderedJson& row : rows) {
    std::vector<std::string> cells;
    for (const Column& column : columns) cells.push_back(row.value(column.field, ""));
    table.Add(std::move(cells));
  }
  return table.Render();
}

// Tabs may be typed as \t.
std::string Unescape(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == 't' || text[i + 1] == 'n')) {
      result.push_back(text[++i] == 't' ? '\t' : '\n');
    } else {
      result.push_back(text[i]);
    }
  }
  return result;
}

std::vector<std::string> Cells(const std::string& line) {
  std::vector<std::string> cells;
  for (std::string_view cell : Split(line, '\t')) cells.emplace_back(cell);
  return cells;
}

// A template with tabs; its heading is what it makes of the headings.
std::string TemplateTable(const Template& format, const std::vector<Column>& columns,
                          const std::vector<OrderedJson>& rows) {
  OrderedJson headings;
  for (const auto& row : rows) {
    for (const auto& [field, value] : row.items()) headings[field] = ToUpper(field);
  }
  for (const Column& column : columns) headings[column.field] = column.heading;
  Table table(Cells(format.Execute(headings)), kDockerSpacing);
  for (const OrderedJson& row : rows) table.Add(Cells(format.Execute(row)));
  return table.Render();
}

}  // namespace

std::string FormatRows(const std::string& format, const std::vector<Column>& columns,
                       const std::vector<OrderedJson>& rows) {
  if (format.empty() || format == kTable) return DefaultTable(columns, rows);
  std::string text;
  if (format == "json") {
    for (OrderedJson row : rows) {
      row.erase("Label");  // of templates only: `.Label "name"`
      text += DumpJson(row, JsonStyle::kGo) + "\n";
    }
    return text;
  }
  if (format.starts_with("table ")) {
    return TemplateTable(Template::Parse(Unescape(std::string_view(format).substr(6))), columns,
                         rows);
  }
  const Template parsed = Template::Parse(Unescape(format));
  for (const OrderedJson& row : rows) text += parsed.Execute(row) + "\n";
  return text;
}

std::string JoinLabels(const std::map<std::string, std::string>& labels) {
  std::vector<std::string> words;
  for (const auto& [name, value] : labels) words.push_back(name + "=" + value);
  return Join(words, ",");
}

struct InspectOutput::State {
  std::optional<Template> format;
  bool compact = false;
  std::string text;
  OrderedJson all = OrderedJson::array();
};

std::string InspectText(const OrderedJson& shown, bool one_line) {
  constexpr int kDockerIndent = 4;
  if (one_line) return DumpJson(shown, JsonStyle::kGo) + "\n";
  return shown.dump(kDockerIndent, ' ', false, OrderedJson::error_handler_t::replace) + "\n";
}

InspectOutput::InspectOutput(const std::string& format) : state_(std::make_unique<State>()) {
  state_->compact = format == "json";
  if (!format.empty() && !state_->compact) state_->format = Template::Parse(format);
}

InspectOutput::~InspectOutput() = default;

void InspectOutput::Add(OrderedJson document) {
  if (state_->format) {
    state_->text += state_->format->Execute(document) + "\n";
  } else {
    state_->all.push_back(std::move(document));
  }
}

std::string InspectOutput::Render() const {
  return state_->format ? state_->text : InspectText(state_->all, state_->compact);
}

}  // namespace ibuild::cli
