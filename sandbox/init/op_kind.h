// The operations of a sandbox's setup. `slot`, `at`, `mode`, `flags`, `path` and `data` are the
// fields of SetupOp; a `path` is looked up below the directory `at`.
#pragma once

#include <stdint.h>

namespace ibuild::builder {

enum class OpKind : uint32_t {
  kPropagation,  // all mounts get propagation `flags` (MS_SLAVE)
  kReceive,      // slots `slot` … `slot`+`mode`-1 = descriptors sent by the executor
  kOpenHost,     // slot = the host's `path`, O_PATH plus `flags`
  kNewMount,     // slot = detached file system of type `path` with options `data`, attributes
                 // `flags`
  kClone,        // slot = detached copy of the mount that `at`/`path` (no link at its end) is
                 // in, from there down; `flags`: AT_RECURSIVE or 0
  kAttributes,   // mount `slot` gets attributes `flags`; `mode` 1: with all mounts below it
  kAttach,       // mount `slot` appears at `at`/`path` (resolved as `flags` says)
  kOverlay,      // overlayfs with options `data` and mount(2) `flags` appears on the directory
                 // whose descriptor `path` names; options name descriptors likewise
  kResolve,      // slot = `at`/`path`, O_PATH plus `mode`; resolved as `flags` says
  kDirectory,    // make directory `at`/`path` with `mode` and owner `flags` (uid << 32 | gid)
  kFile,         // make file `at`/`path` with `mode`, owner `flags`, the bytes of memory file
                 // `slot` (none: -1) and, where files have such, the attribute `data` (name=value)
  kTime,         // `at`/`path` was modified `flags` seconds and `mode` nanoseconds after 1970
  kSymlink,      // make `at`/`path` a link to `data`
  kCharDevice,   // make `at`/`path` with `mode` (S_IFCHR included); `flags`: device number
  kNullInput,    // standard input is the device `at`/`path`
  kTerminal,     // a terminal of the devpts `at` is each standard stream whose bit is set in
                 // `mode`; the executor gets its other end
  kMakeTarget,   // make `at`/`path` a mount point if it is missing, with its parents; `mode` 1:
                 // a directory, 0: a file; links are followed inside `at`. Fails with
                 // wire::kMissingTarget rather than make it in the very file system of `at`
  kCoverIfExists,     // `slot` (what is no directory: `mode`) appears read-only on `at`/`path`, if
                      // that is there
  kReadOnlyIfExists,  // `at`/`path` becomes read-only, if that is there
  kReportRoot,        // send the executor a descriptor of `at`
  kReportNetwork,     // send the executor a descriptor of our network namespace
  kUnshare,           // unshare(2) with `flags`
  kHostName,          // `path`
  kLoopback,          // bring the loopback interface up
  kPivot,             // `at` becomes the root, the host's tree disappears
  kChroot,            // `at` becomes the root where there is no mount namespace to take away
  kEnter,             // setns(2): into the namespace `slot`, of the kind `flags`
  kCount_,
};

}  // namespace ibuild::builder
