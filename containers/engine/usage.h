// What the processes of a container use at present.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "containers/state/container_store.h"

namespace ibuild::containers {

struct Usage {
  std::int64_t time = 0;           // when it was measured, nanoseconds
  std::int64_t processor = 0;      // nanoseconds so far
  std::uint64_t memory = 0;        // bytes
  std::uint64_t memory_limit = 0;  // its own, else the machine's
  std::uint64_t received = 0;      // bytes of all interfaces but the loopback
  std::uint64_t sent = 0;
  std::uint64_t read = 0;  // bytes of disks
  std::uint64_t written = 0;
  std::size_t processes = 0;
};

// From its control group where it has one, else summed over its processes.
Usage MeasureUsage(const Container& container);

struct ProcessLine {
  std::string user;
  std::int64_t parent = 0;
  std::string start;     // "12:04"
  std::string terminal;  // "?", "pts/0"
  std::string time;      // "00:00:01" of processor
  std::string command;
};
// Nothing: it is gone.
std::optional<ProcessLine> DescribeProcess(std::int64_t pid);

}  // namespace ibuild::containers
