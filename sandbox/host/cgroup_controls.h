// Limits as what is written to control groups of either kind. Pure.
#pragma once

#include <string>
#include <vector>

#include "sandbox/spec/spec.h"

namespace ibuild::builder {

struct ControlFile {
  std::string name;
  std::string value;
  bool optional = false;  // not every kernel has it
};

// What one controller is told about one option, in the order in which it is written.
struct CgroupControl {
  const char* option;      // "--memory"
  const char* controller;  // "memory"
  std::vector<ControlFile> unified;
  std::vector<ControlFile> older;
};

std::vector<CgroupControl> ControlsFor(const ResourceLimits& limits);

}  // namespace ibuild::builder
