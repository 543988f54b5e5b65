// The functions that a template may call: Go's own, and those that docker adds.
#pragma once

#include <string_view>
#include <vector>

#include "cli/template/value.h"

namespace ibuild::cli::go_template {

using Arguments = std::vector<Value>;

struct Function {
  std::string_view name;
  std::size_t least = 0;
  std::size_t most = 0;
  // Throws kInvalidInput for arguments that it does not take.
  Value (*call)(const Arguments& arguments);
};

const Function* FindFunction(std::string_view name);  // null: there is none

}  // namespace ibuild::cli::go_template
