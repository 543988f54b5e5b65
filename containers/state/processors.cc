#include "containers/state/processors.h"

#include <fmt/format.h>

#include "support/error.h"
#include "support/text.h"

namespace ibuild::containers {

cpu_set_t ParseProcessors(const std::string& list) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const std::string_view part : Split(list, ',')) {
    const std::size_t dash = part.find('-');
    const auto first = ParseUnsigned(part.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : ParseUnsigned(part.substr(dash + 1));
    if (!first || !last || *last < *first || *last >= CPU_SETSIZE) {
      throw Error(ErrorKind::kUsage, fmt::format("{} is no list of CPUs", Quote(list)))
          .WithHint("write it like `0-2,4`");
    }
    for (std::uint64_t cpu = *first; cpu <= *last; ++cpu) CPU_SET(cpu, &set);
  }
  return set;
}

OnProcessors::OnProcessors(const std::string& list) {
  if (list.empty()) return;
  const cpu_set_t wanted = ParseProcessors(list);
  if (sched_getaffinity(0, sizeof before_, &before_) != 0) ThrowErrno("asking for our CPUs");
  cpu_set_t given{};
  // The kernel leaves out what is not there, and refuses only when nothing is left.
  const bool done = sched_setaffinity(0, sizeof wanted, &wanted) == 0 &&
                    sched_getaffinity(0, sizeof given, &given) == 0 && CPU_EQUAL(&wanted, &given);
  if (!done) {
    sched_setaffinity(0, sizeof before_, &before_);
    throw Error(ErrorKind::kInvalidInput, fmt::format("Requested CPUs are not available: {}", list))
        .WithHint("nproc(1) says how many this machine has; they are counted from 0");
  }
  changed_ = true;
}

OnProcessors::~OnProcessors() {
  if (changed_) sched_setaffinity(0, sizeof before_, &before_);
}

}  // namespace ibuild::containers
