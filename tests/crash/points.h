// Points: which system calls of a traced process change what is on a disk, and what they work on.
//
// A filter in the tracee (seccomp) stops it at these calls only, so everything else runs at full
// speed. Of a stopped call the paths it names are found out, so that calls on other things than the
// watched directory (terminals, pipes, /proc) do not count.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace ibuild::crash {

// In the child, before exec: from now on the calls stop with PTRACE_EVENT_SECCOMP.
void InstallFilter();

struct Call {
  long number = 0;
  std::uint64_t arguments[6] = {};
};
Call ReadCall(pid_t thread);

enum class Flush { kNo, kFile, kFileSystem };

struct Point {
  std::string name;                // "renameat2"
  std::vector<std::string> paths;  // absolute, as far as they can be known
  Flush flush = Flush::kNo;
};
// What the call of a stopped thread is about; an empty name for one that changes nothing (an open
// that does not create).
Point Describe(pid_t thread, const Call& call);

}  // namespace ibuild::crash
