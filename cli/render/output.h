// Where a reporter writes: standard error, or a string in tests.
#pragma once

#include <functional>
#include <string_view>

namespace ibuild::cli {

using TextOutput = std::function<void(std::string_view)>;

// Standard error. A reader that went away is no reason to stop a build: failures are ignored.
TextOutput StandardError();
// Standard output; throws when it cannot be written, except for a reader that had enough
// (`ibuild images | head`), which is no failure.
void WriteStandardOutput(std::string_view text);

}  // namespace ibuild::cli
