#include "support/environment.h"

#include <cstdlib>

namespace ibuild {

std::optional<std::string> GetEnvironment(const char* name) {
  const char* const value = std::getenv(name);
  if (value == nullptr) return std::nullopt;
  return std::string(value);
}

}  // namespace ibuild
