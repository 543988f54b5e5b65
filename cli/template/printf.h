// Go's fmt.Sprintf, as far as templates use it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/template/value.h"

namespace ibuild::cli::go_template {

// %s %v %q %d %x %f %t %%, with `-`, `0`, a width and a precision. What does not fit is told in the
// text, as Go does it: %!d(string=x), %!s(MISSING).
std::string Sprintf(std::string_view format, const std::vector<Value>& arguments);

}  // namespace ibuild::cli::go_template
