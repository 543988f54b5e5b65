// --format of commands that list things: a table with chosen columns, a template for each, or JSON.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "support/json_fwd.h"

namespace ibuild::cli {

// A column of the default table: the field of the row's document and its heading.
struct Column {
  std::string field;
  std::string heading;
};

// `format`: empty or "table" (the columns), "table TEMPLATE", "json", or a template for each row.
// Rows are documents whose fields are texts. Ends with a line end unless it is empty.
std::string FormatRows(const std::string& format, const std::vector<Column>& columns,
                       const std::vector<OrderedJson>& rows);

// "a=1,b=2", as lists show labels.
std::string JoinLabels(const std::map<std::string, std::string>& labels);

// Documents as `inspect` shows them in Docker's layout: indented, or on one line.
std::string InspectText(const OrderedJson& shown, bool one_line);

// What `inspect` prints of several things: with --format what a template makes of each, else all of
// them as JSON in Docker's layout.
class InspectOutput {
 public:
  // `format`: empty, "json", or a template. Throws kUsage for one that is none.
  explicit InspectOutput(const std::string& format);
  ~InspectOutput();

  void Add(OrderedJson document);
  std::string Render() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ibuild::cli
