#include "builder/solve/owner.h"

#include <fmt/format.h>

#include "support/error.h"
#include "support/text.h"

namespace ibuild::builder {

Owner FindOwner(const SolveContext& context, const std::string& text,
                const layers::LayeredTree& image, Activity& activity) {
  const OwnerLookup found = LookUpOwner(text, image);
  for (const std::string& name : found.unknown_names) {
    const std::string message =
        fmt::format("user or group {} is not in the image's passwd or group file", Quote(name));
    if (context.request.strict || image.layers().empty()) {
      throw Error(ErrorKind::kInvalidInput, "invalid user index: " + message)
          .WithHint("use numeric ids, or create the user in an earlier step");
    }
    activity.Note("warning: " + message + ", using 0");
    context.ports.reporter.Log(LogLevel::kWarning, message + ", using 0");
  }
  return found.owner;
}

}  // namespace ibuild::builder
