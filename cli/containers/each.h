// Commands that do one thing to each of what they are given: a failure is told, the others have
// their turn, and the exit code is 1.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace ibuild::cli {

class Wiring;

int ForEach(Wiring& wiring, const std::vector<std::string>& operands,
            const std::function<void(const std::string&)>& act);

}  // namespace ibuild::cli
