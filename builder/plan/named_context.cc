#include "builder/plan/named_context.h"

#include "support/error.h"
#include "support/text.h"

namespace ibuild::builder {

std::string NormalizedContextName(std::string_view name) {
  static constexpr std::string_view kLatest = ":latest";
  std::string normal = ToLower(name);
  try {
    normal = oci::Reference::Parse(normal).Familiar();
  } catch (const Error&) {
    return normal;  // no reference, but a context's name need not be one
  }
  if (normal.ends_with(kLatest)) normal.resize(normal.size() - kLatest.size());
  return normal;
}

}  // namespace ibuild::builder
