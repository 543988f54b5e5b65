#include "sandbox/init/setup.h"

#include <asm/ioctls.h>
#include <asm/stat.h>
#include <asm/statfs.h>
#include <asm/unistd.h>
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/if.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/sockios.h>

#include "sandbox/init/control.h"
#include "sandbox/init/op_kind.h"
#include "sandbox/init/protected.h"
#include "sandbox/init/syscalls.h"

namespace ibuild::builder::init {
namespace {

using wire::Op;

constexpr long kDetach = 2;  // MNT_DETACH
constexpr long kEmptyPath = AT_EMPTY_PATH;

long Close(long fd) { return Call(__NR_close, fd); }

// Gives descriptor `fd` the number `slot`.
long Place(long fd, int slot) {
  if (fd < 0 || fd == slot) return fd < 0 ? fd : 0;
  const long placed = Call(__NR_dup3, fd, slot, O_CLOEXEC);
  Close(fd);
  return placed < 0 ? placed : 0;
}

long OpenBelow(int at, const char* path, uint64_t flags, uint64_t resolve) {
  open_how how{};
  how.flags = O_PATH | O_CLOEXEC | flags;
  how.resolve = resolve;
  // EAGAIN: somebody renames directories meanwhile, so that ".." could not be proved harmless.
  long result = -EAGAIN;
  for (int attempt = 0; result == -EAGAIN && attempt < 128; ++attempt) {
    result = Call(__NR_openat2, at, AsLong(path), AsLong(&how), sizeof how);
  }
  return result;
}

// Puts detached mount `mount` on `at`/`path`. A path whose links are followed is an image's word
// for a place: where it leads is what must not be covered.
long Attach(long mount, int at, const char* path, uint64_t resolve) {
  const long target = *path == '\0' ? at : OpenBelow(at, path, 0, resolve);
  if (target < 0) return target;
  long result = -EOPNOTSUPP;
  if ((resolve & RESOLVE_IN_ROOT) == 0 || MayBeCovered(at, target)) {
    result = Call(__NR_move_mount, mount, AsLong(""), target, AsLong(""),
                  MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
  }
  if (target != at) Close(target);
  return result;
}

long SetAttributes(long mount, uint64_t attributes, bool recursive) {
  mount_attr attr{};
  attr.attr_set = attributes;
  return Call(__NR_mount_setattr, mount, AsLong(""), kEmptyPath | (recursive ? AT_RECURSIVE : 0),
              AsLong(&attr), sizeof attr);
}

long RunPropagation(const ProgramView&, const Op& op) {
  return Call(__NR_mount, 0, AsLong("/"), 0, static_cast<long>(op.flags), 0);
}

long RunReceive(const ProgramView&, const Op& op) {
  int fds[256];
  wire::Command command;
  const long count = ReceiveCommand(&command, fds, 256);
  if (count < 0) return count;
  if (static_cast<uint32_t>(count) != op.mode) return -EBADF;
  // Last first: received numbers are the lowest free ones, so no slot is one still to be moved.
  for (long i = count - 1; i >= 0; --i) {
    const long placed = Place(fds[i], op.slot + static_cast<int>(i));
    if (placed < 0) return placed;
  }
  return 0;
}

long RunOpenHost(const ProgramView& program, const Op& op) {
  return Place(Call(__NR_openat, AT_FDCWD, AsLong(program.Text(op.path)),
                    O_PATH | O_CLOEXEC | static_cast<long>(op.flags), 0),
               op.slot);
}

// Splits "a=b,c" in place and hands each option to the file system context.
long Configure(long context, char* options) {
  while (options != nullptr && *options != '\0') {
    char* end = options;
    char* value = nullptr;
    for (; *end != '\0' && *end != ','; ++end) {
      if (*end == '=' && value == nullptr) {
        *end = '\0';
        value = end + 1;
      }
    }
    const bool last = *end == '\0';
    *end = '\0';
    const long command = value != nullptr ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG;
    const long result = Call(__NR_fsconfig, context, command, AsLong(options), AsLong(value), 0);
    if (result < 0) return result;
    options = last ? nullptr : end + 1;
  }
  return Call(__NR_fsconfig, context, FSCONFIG_CMD_CREATE, 0, 0, 0);
}

long RunNewMount(const ProgramView& program, const Op& op) {
  const long context = Call(__NR_fsopen, AsLong(program.Text(op.path)), FSOPEN_CLOEXEC);
  if (context < 0) return context;
  long result = Configure(context, program.Text(op.data));
  if (result >= 0) {
    result = Call(__NR_fsmount, context, FSMOUNT_CLOEXEC, static_cast<long>(op.flags));
  }
  Close(context);
  return Place(result, op.slot);
}

long CloneTree(int at, const char* path, uint64_t flags) {
  return Call(__NR_open_tree, at, AsLong(path),
              static_cast<long>(OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_SYMLINK_NOFOLLOW | flags) |
                  kEmptyPath);
}

long RunClone(const ProgramView& program, const Op& op) {
  return Place(CloneTree(op.at, program.Text(op.path), op.flags), op.slot);
}

long RunAttributes(const ProgramView&, const Op& op) {
  return SetAttributes(op.slot, op.flags, op.mode != 0);
}

long RunAttach(const ProgramView& program, const Op& op) {
  return Attach(op.slot, op.at, program.Text(op.path), op.flags);
}

long RunOverlay(const ProgramView& program, const Op& op) {
  // Layers are named by descriptor number: short, so that any number fits in the page of options,
  // and looked up from here.
  const long moved = Call(__NR_chdir, AsLong("/proc/self/fd"));
  if (moved < 0) return moved;
  return Call(__NR_mount, AsLong("overlay"), AsLong(program.Text(op.path)), AsLong("overlay"),
              static_cast<long>(op.flags), AsLong(program.Text(op.data)));
}

long RunResolve(const ProgramView& program, const Op& op) {
  return Place(OpenBelow(op.at, program.Text(op.path), op.mode, op.flags), op.slot);
}

long SetOwner(int at, const char* path, uint64_t owner) {
  if (owner == 0) return 0;  // as whoever makes it
  return Call(__NR_fchownat, at, AsLong(path), static_cast<long>(owner >> 32),
              static_cast<long>(owner & 0xffffffff), AT_SYMLINK_NOFOLLOW);
}

long RunDirectory(const ProgramView& program, const Op& op) {
  const char* path = program.Text(op.path);
  const long result = Call(__NR_mkdirat, op.at, AsLong(path), op.mode);
  return result < 0 ? result : SetOwner(op.at, path, op.flags);
}

long RunTime(const ProgramView& program, const Op& op) {
  constexpr long kOmit = (1L << 30) - 2;  // UTIME_OMIT
  const long times[4] = {0, kOmit, static_cast<long>(op.flags), static_cast<long>(op.mode)};
  return Call(__NR_utimensat, op.at, AsLong(program.Text(op.path)), AsLong(times),
              AT_SYMLINK_NOFOLLOW);
}

// Copies all of memory file `from`, whatever its offset.
long CopyContent(long to, int from) {
  int64_t offset = 0;
  long sent = 1;
  while (sent > 0) {
    sent = Call(__NR_sendfile, to, from, AsLong(&offset), 1 << 20);
  }
  return sent;
}

// `attribute`: "name=value", or nothing.
long SetAttribute(long fd, char* attribute) {
  char* value = attribute;
  while (*value != '\0' && *value != '=') ++value;
  if (*value == '\0') return 0;
  *value++ = '\0';
  long size = 0;
  while (value[size] != '\0') ++size;
  const long result =
      Call(__NR_fsetxattr, fd, AsLong(attribute), AsLong(value), size, 0 /* made or replaced */);
  return result == -EOPNOTSUPP ? 0 : result;
}

long RunFile(const ProgramView& program, const Op& op) {
  const char* path = program.Text(op.path);
  const long fd = Call(__NR_openat, op.at, AsLong(path),
                       O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, op.mode);
  if (fd < 0) return fd;
  long result = 0;
  if (op.slot >= 0) result = CopyContent(fd, op.slot);
  if (result >= 0) result = SetAttribute(fd, program.Text(op.data));
  Close(fd);
  return result < 0 ? result : SetOwner(op.at, path, op.flags);
}

long RunSymlink(const ProgramView& program, const Op& op) {
  return Call(__NR_symlinkat, AsLong(program.Text(op.data)), op.at, AsLong(program.Text(op.path)));
}

long RunCharDevice(const ProgramView& program, const Op& op) {
  return Call(__NR_mknodat, op.at, AsLong(program.Text(op.path)), op.mode,
              static_cast<long>(op.flags));
}

long RunNullInput(const ProgramView& program, const Op& op) {
  const long fd =
      Call(__NR_openat, op.at, AsLong(program.Text(op.path)), O_RDONLY | O_NOFOLLOW | O_CLOEXEC, 0);
  if (fd < 0) return fd;
  const long result = Call(__NR_dup3, fd, 0, 0);
  Close(fd);
  return result;
}

// The command's end by way of the other one: no name is looked up for it (TIOCGPTPEER).
long OpenTerminal(long other_end, uint32_t streams) {
  int locked = 0;
  long result = Call(__NR_ioctl, other_end, TIOCSPTLCK, AsLong(&locked));
  if (result < 0) return result;
  const long terminal = Call(__NR_ioctl, other_end, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (terminal < 0) return terminal;
  for (int stream = 0; stream <= 2 && result >= 0; ++stream) {
    if ((streams >> stream & 1) != 0) result = Call(__NR_dup3, terminal, stream, 0);
  }
  Close(terminal);
  return result;
}

long RunTerminal(const ProgramView&, const Op& op) {
  const long other_end =
      Call(__NR_openat, op.at, AsLong("ptmx"), O_RDWR | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC, 0);
  if (other_end < 0) return other_end;
  long result = OpenTerminal(other_end, op.mode);
  if (result >= 0) {
    result = SendEvent({wire::EventKind::kTerminal, 0, 0, 0}, static_cast<int>(other_end));
  }
  Close(other_end);
  return result;
}

bool IsMissing(long result) { return result == -ENOENT || result == -ENOTDIR; }

constexpr uint64_t kNoLinks = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
constexpr uint64_t kInside = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;

// Whether two directories are on one file system.
bool SameFileSystem(int a, long b) {
  struct stat first;
  struct stat second;
  if (Call(__NR_fstat, a, AsLong(&first)) < 0) return true;
  if (Call(__NR_fstat, b, AsLong(&second)) < 0) return true;
  return first.st_dev == second.st_dev;
}

// Makes the last element of `path`; what stands before it exists.
long MakeElement(int at, char* path, bool directory) {
  char* name = path;
  for (char* p = path; *p != '\0'; ++p) {
    if (*p == '/') name = p + 1;
  }
  long parent = at;
  if (name != path) {
    name[-1] = '\0';
    parent = OpenBelow(at, path, O_DIRECTORY, kInside);
    name[-1] = '/';
  }
  if (parent < 0) return parent;
  if (SameFileSystem(at, parent)) {
    if (parent != at) Close(parent);
    return -wire::kMissingTarget;
  }
  const long result =
      directory ? Call(__NR_mkdirat, parent, AsLong(name), 0755)
                : Call(__NR_mknodat, parent, AsLong(name), 0100644 /* a regular file */, 0);
  if (parent != at) Close(parent);
  return result;
}

long EnsureElement(int at, char* path, bool directory) {
  const long found = OpenBelow(at, path, 0, kInside);
  if (found >= 0) return Close(found);
  return found == -ENOENT ? MakeElement(at, path, directory) : found;
}

long RunMakeTarget(const ProgramView& program, const Op& op) {
  char* path = program.Text(op.path);
  for (char* p = path; *p != '\0'; ++p) {
    if (*p != '/') continue;
    *p = '\0';
    const long result = EnsureElement(op.at, path, true);
    *p = '/';
    if (result < 0) return result;
  }
  return EnsureElement(op.at, path, op.mode != 0);
}

// Attaches a read-only copy of what `source` stands for on `target`.
long AttachReadOnly(int source, long target, uint64_t recursive) {
  const long copy = CloneTree(source, "", recursive);
  if (copy < 0) return copy;
  long result = SetAttributes(copy, MOUNT_ATTR_RDONLY, recursive != 0);
  if (result >= 0) result = Attach(copy, static_cast<int>(target), "", 0);
  Close(copy);
  return result;
}

long RunCoverIfExists(const ProgramView& program, const Op& op) {
  const char* path = program.Text(op.path);
  long target = OpenBelow(op.at, path, O_DIRECTORY, kNoLinks);
  const bool is_directory = target >= 0;
  if (target == -ENOTDIR) target = OpenBelow(op.at, path, 0, kNoLinks);
  if (target < 0) return IsMissing(target) ? 0 : target;
  const int cover = is_directory ? op.slot : static_cast<int>(op.mode);
  const long result = AttachReadOnly(cover, target, 0);
  Close(target);
  return result;
}

long RunReadOnlyIfExists(const ProgramView& program, const Op& op) {
  const long target = OpenBelow(op.at, program.Text(op.path), 0, kNoLinks);
  if (target < 0) return IsMissing(target) ? 0 : target;
  const long result = AttachReadOnly(static_cast<int>(target), target, AT_RECURSIVE);
  Close(target);
  return result;
}

long RunReportRoot(const ProgramView&, const Op& op) {
  return SendEvent({wire::EventKind::kRoot, 0, 0, 0}, op.at);
}

// While the host's /proc is still there: the image has no say in what this opens.
long RunReportNetwork(const ProgramView&, const Op&) {
  const long fd = Call(__NR_openat, AT_FDCWD, AsLong("/proc/self/ns/net"), O_RDONLY | O_CLOEXEC, 0);
  if (fd < 0) return fd;
  const long result = SendEvent({wire::EventKind::kNetwork, 0, 0, 0}, static_cast<int>(fd));
  Close(fd);
  return result;
}

long RunUnshare(const ProgramView&, const Op& op) {
  return Call(__NR_unshare, static_cast<long>(op.flags));
}

long RunEnter(const ProgramView&, const Op& op) {
  return Call(__NR_setns, op.slot, static_cast<long>(op.flags));
}

long RunHostName(const ProgramView& program, const Op& op) {
  const char* name = program.Text(op.path);
  long length = 0;
  while (name[length] != '\0') ++length;
  return Call(__NR_sethostname, AsLong(name), length);
}

long RunLoopback(const ProgramView&, const Op&) {
  constexpr long kInternet = 2, kDatagram = 2;  // AF_INET, SOCK_DGRAM
  const long fd = Call(__NR_socket, kInternet, kDatagram | O_CLOEXEC, 0);
  if (fd < 0) return fd;
  struct {
    char name[IFNAMSIZ];
    short flags;
    char unused[22];
  } request = {"lo", IFF_UP | IFF_RUNNING, {}};
  const long result = Call(__NR_ioctl, fd, SIOCSIFFLAGS, AsLong(&request));
  Close(fd);
  return result;
}

// The new root is stacked on the old one, which is then taken away from below it.
long RunPivot(const ProgramView&, const Op& op) {
  long result = Call(__NR_fchdir, op.at);
  if (result >= 0) result = Call(__NR_pivot_root, AsLong("."), AsLong("."));
  if (result >= 0) result = Call(__NR_umount2, AsLong("."), kDetach);
  if (result >= 0) result = Call(__NR_chdir, AsLong("/"));
  return result;
}

long RunChroot(const ProgramView&, const Op& op) {
  long result = Call(__NR_fchdir, op.at);
  if (result >= 0) result = Call(__NR_chroot, AsLong("."));
  return result;
}

using Handler = long (*)(const ProgramView&, const Op&);

// In the order of OpKind.
constexpr Handler kHandlers[] = {
    RunPropagation,   RunReceive,    RunOpenHost,      RunNewMount,         RunClone,
    RunAttributes,    RunAttach,     RunOverlay,       RunResolve,          RunDirectory,
    RunFile,          RunTime,       RunSymlink,       RunCharDevice,       RunNullInput,
    RunTerminal,      RunMakeTarget, RunCoverIfExists, RunReadOnlyIfExists, RunReportRoot,
    RunReportNetwork, RunUnshare,    RunHostName,      RunLoopback,         RunPivot,
    RunChroot,        RunEnter,
};
static_assert(sizeof kHandlers / sizeof *kHandlers == static_cast<size_t>(OpKind::kCount_));

}  // namespace

long RunSetup(const ProgramView& program) {
  const Op* ops = program.At<Op>(program.header().ops);
  for (uint32_t i = 0; i < program.header().op_count; ++i) {
    const long result = kHandlers[ops[i].kind](program, ops[i]);
    if (result < 0) {
      SendEvent({wire::EventKind::kSetupFailed, i, static_cast<int32_t>(-result), 0});
      return result;
    }
  }
  return 0;
}

}  // namespace ibuild::builder::init
