#include "sandbox/host/cgroup_controls.h"

#include <algorithm>
#include <cmath>

namespace ibuild::builder {
namespace {

constexpr std::uint64_t kSmallestQuota = 1'000;
constexpr std::uint64_t kNoLimit = ~std::uint64_t{0};

std::string Number(std::uint64_t value) { return std::to_string(value); }

std::string CpuQuota(double cpus, std::uint64_t period) {
  const double quota = cpus * static_cast<double>(period);
  return Number(std::max(kSmallestQuota, static_cast<std::uint64_t>(std::llround(quota))));
}

// In the newer scale (1 to 10000) what shares are in the older one (2 to 262144).
std::string CpuWeight(std::uint64_t shares) { return Number(1 + (shares - 2) * 9999 / 262142); }

// Swap would let a step exceed its limit, where the kernel counts swap at all.
CgroupControl Memory(std::uint64_t bytes, std::uint64_t with_swap) {
  const bool unlimited = with_swap == kNoLimit;
  const std::uint64_t swap = with_swap - std::min(with_swap, bytes);
  return {.option = "--memory",
          .controller = "memory",
          .unified = {{"memory.max", Number(bytes)},
                      {"memory.swap.max", unlimited ? "max" : Number(swap), true}},
          .older = {{"memory.limit_in_bytes", Number(bytes)},
                    {"memory.memsw.limit_in_bytes", unlimited ? "-1" : Number(with_swap), true}}};
}

CgroupControl Processors(double cpus, std::uint64_t microseconds) {
  const std::string quota = CpuQuota(cpus, microseconds);
  const std::string period = Number(microseconds);
  return {.option = "--cpus",
          .controller = "cpu",
          .unified = {{"cpu.max", quota + " " + period}},
          .older = {{"cpu.cfs_period_us", period}, {"cpu.cfs_quota_us", quota}}};
}

}  // namespace

std::vector<CgroupControl> ControlsFor(const ResourceLimits& limits) {
  std::vector<CgroupControl> controls;
  if (limits.memory_bytes) {
    controls.push_back(
        Memory(*limits.memory_bytes, limits.memory_and_swap.value_or(*limits.memory_bytes)));
  }
  if (limits.memory_reservation) {
    const std::string bytes = Number(*limits.memory_reservation);
    controls.push_back({.option = "--memory-reservation",
                        .controller = "memory",
                        .unified = {{"memory.low", bytes}},
                        .older = {{"memory.soft_limit_in_bytes", bytes}}});
  }
  if (limits.cpus) controls.push_back(Processors(*limits.cpus, limits.cpu_period));
  if (limits.cpu_shares) {
    controls.push_back({.option = "--cpu-shares",
                        .controller = "cpu",
                        .unified = {{"cpu.weight", CpuWeight(*limits.cpu_shares)}},
                        .older = {{"cpu.shares", Number(*limits.cpu_shares)}}});
  }
  if (limits.pids) {
    const std::string count = Number(*limits.pids + 1);  // our init is not the user's business
    controls.push_back({.option = "--pids-limit",
                        .controller = "pids",
                        .unified = {{"pids.max", count}},
                        .older = {{"pids.max", count}}});
  }
  return controls;
}

}  // namespace ibuild::builder
