// The small language in which a sandbox is set up.
//
// A setup is a list of operations on descriptors with fixed numbers ("slots"). Each does one thing
// with a few system calls, none allocates, and the first that fails ends the setup: init
// reports its index and the errno. CompileSetup writes such lists, Dump prints them, init/ runs
// them in the fresh namespaces. File systems are made detached (fsopen(2), fsmount(2)) and attached
// to descriptors, so that no path is looked up twice and none of the image's links is followed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sandbox/init/op_kind.h"

namespace ibuild::builder {

struct SetupOp {
  OpKind kind;
  int slot = -1;            // the descriptor that the operation makes or takes
  int at = -1;              // the directory that it works in
  std::uint32_t mode = 0;   // permission bits, or a count
  std::uint64_t flags = 0;  // per kind
  std::string path = {};
  std::string data = {};

  friend bool operator==(const SetupOp&, const SetupOp&) = default;
};

// One line per operation: "12  new-mount tmpfs [size=65536k,mode=1777] -> 14".
std::string Dump(const std::vector<SetupOp>& ops);
std::string Dump(const SetupOp& op);

}  // namespace ibuild::builder
