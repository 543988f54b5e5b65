// What is said of the value of an option that makes no sense.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "support/error.h"
#include "support/text.h"

namespace ibuild::cli {

inline Error BadValue(const std::string& text, std::string_view wanted) {
  return Error(ErrorKind::kUsage, fmt::format("{} is not {}", Quote(text), wanted));
}

}  // namespace ibuild::cli
