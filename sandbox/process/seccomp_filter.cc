#include "sandbox/process/seccomp_filter.h"

namespace ibuild::builder {
namespace {

constexpr wire::FilterInstruction kFilter[] = {
#include "sandbox_filter.inc"
};

}  // namespace

std::span<const wire::FilterInstruction> SeccompFilter() { return kFilter; }

}  // namespace ibuild::builder
