// --format of commands that list: a table, JSON, or a Go template for each row.
//
//   json | table [TEMPLATE] | TEMPLATE        in templates `\t` and `\n` are what they are in Go
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "support/json_fwd.h"

namespace ibuild::cli {

struct ListColumn {
  std::string_view field;   // "CreatedSince"
  std::string_view header;  // "CREATED"
};

// Rows are objects whose members are what templates name. `columns` are all fields that a table may
// ask for; those of `shown` stand in it when the format does not say. Throws kUsage, kInvalidInput.
std::string RenderList(std::string_view format, const std::vector<OrderedJson>& rows,
                       const std::vector<ListColumn>& columns,
                       const std::vector<std::string_view>& shown);

// Cells end with a tab; each column is as wide as its widest cell and three blanks, ten at least.
std::string AlignTabs(std::string_view text);

}  // namespace ibuild::cli
