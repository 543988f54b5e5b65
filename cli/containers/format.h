// --format of commands that list things: a table with chosen columns, a template for each, or JSON.
#pragma once

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

}  // namespace ibuild::cli
