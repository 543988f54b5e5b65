// The value of STOPSIGNAL: a signal's name with or without SIG, in any case, "SIGRTMIN+3", or a
// number.
#pragma once

#include <string_view>

namespace ibuild::builder {

// Throws kInvalidInput: `invalid signal: FOO`.
void CheckStopSignal(std::string_view text);

}  // namespace ibuild::builder
