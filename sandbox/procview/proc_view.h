// The thread that answers what a chrooted step asks about /proc. It ends when the step's last
// process has.
#pragma once

#include <filesystem>
#include <thread>

#include "support/fd.h"

namespace ibuild::builder {

// `listener`: where the calls that ProcGuard stops come from. `tree`: the step's root.
std::jthread AnswerProcCalls(UniqueFd listener, const std::filesystem::path& tree);

}  // namespace ibuild::builder
