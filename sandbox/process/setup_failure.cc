#include "sandbox/process/setup_failure.h"

#include <fmt/format.h>

#include <cerrno>
#include <optional>
#include <string>

#include "sandbox/spec/sources.h"
#include "support/text.h"

namespace ibuild::builder {
namespace {

struct Advice {
  OpKind kind;
  int error_number;
  std::string_view path;  // of the operation; empty: any
  ErrorKind error_kind;
  std::string_view message;
  std::string_view hint;
};

// The failures that people meet. All others are told by operation and errno.
constexpr Advice kAdvice[] = {
    {OpKind::kPropagation, EINVAL, "", ErrorKind::kUnsupported,
     "the root directory is not a mount point, as in a chroot",
     "make it one before chroot(8): mount --bind DIR DIR"},
    {OpKind::kAttach, ELOOP, "dev", ErrorKind::kInvalidInput,
     "/dev in the image is a symbolic link", "replace it by a directory in the base image"},
    {OpKind::kAttach, ELOOP, "proc", ErrorKind::kInvalidInput,
     "/proc in the image is a symbolic link", "replace it by a directory in the base image"},
    {OpKind::kAttach, ELOOP, "sys", ErrorKind::kInvalidInput,
     "/sys in the image is a symbolic link", "replace it by a directory in the base image"},
    {OpKind::kAttach, EINVAL, "dev", ErrorKind::kInvalidInput, "/dev in the image is a file",
     "replace it by a directory in the base image"},
    {OpKind::kAttach, EINVAL, "proc", ErrorKind::kInvalidInput, "/proc in the image is a file",
     "replace it by a directory in the base image"},
    {OpKind::kAttach, EOPNOTSUPP, "", ErrorKind::kInvalidInput,
     "a mount target is, or leads by a link in the image to, what every step needs: /, /dev, a "
     "device, /proc or /sys",
     "mount somewhere else"},
    {OpKind::kOverlay, EINVAL, "", ErrorKind::kUnsupported,
     "overlayfs cannot be mounted on the store's directories",
     "put the store (--root) on a file system such as ext4, xfs, btrfs or tmpfs, not on an overlay "
     "or NFS"},
    {OpKind::kOverlay, ENODEV, "", ErrorKind::kUnsupported, "this kernel has no overlayfs",
     "load it with: modprobe overlay"},
    {OpKind::kOverlay, EPERM, "", ErrorKind::kUnsupported,
     "this kernel does not let a user namespace mount overlayfs",
     "Linux 5.11 or newer is needed to build without root"},
    {OpKind::kNewMount, EPERM, "proc", ErrorKind::kUnsupported,
     "a fresh /proc cannot be mounted here",
     "inside a container: run it with --security-opt systempaths=unconfined"},
    {OpKind::kNewMount, EPERM, "sysfs", ErrorKind::kUnsupported,
     "a fresh /sys cannot be mounted here",
     "inside a container: run it with --security-opt systempaths=unconfined"},
};

const Advice* FindAdvice(const SetupOp& op, int error_number) {
  for (const Advice& advice : kAdvice) {
    if (advice.kind == op.kind && advice.error_number == error_number &&
        (advice.path.empty() || advice.path == op.path)) {
      return &advice;
    }
  }
  return nullptr;
}

std::string StageName(wire::LaunchStage stage) {
  switch (stage) {
    case wire::LaunchStage::kProgram:
      return "starting the sandbox";
    case wire::LaunchStage::kFork:
      return "starting a process";
    case wire::LaunchStage::kSession:
      return "preparing the terminal";
    case wire::LaunchStage::kLimits:
      return "setting resource limits";
    case wire::LaunchStage::kDirectory:
      return "changing to the working directory";
    case wire::LaunchStage::kDirectoryOutside:
      return "checking the working directory";
    case wire::LaunchStage::kDomain:
      return "isolating the command";
    case wire::LaunchStage::kGuard:
      return "watching for sockets";
    case wire::LaunchStage::kFilter:
      return "loading the system call filter";
    case wire::LaunchStage::kCapabilities:
      return "setting capabilities";
    case wire::LaunchStage::kUser:
      return "changing the user";
    case wire::LaunchStage::kNotInPath:
    case wire::LaunchStage::kExec:
      return "exec";
  }
  return "starting";
}

Error NotInPath(int error_number, const std::string& name) {
  const std::string quoted = Quote(name);
  if (error_number == EACCES) {
    return Error(ErrorKind::kPermissionDenied, fmt::format("exec: {}: permission denied", quoted))
        .WithHint("make the file executable (chmod +x)");
  }
  return Error(ErrorKind::kNotFound,
               fmt::format("exec: {}: executable file not found in $PATH", quoted))
      .WithHint("check the name and PATH, or install the program in an earlier step");
}

Error ExecFailed(int error_number, const std::string& name) {
  const std::string quoted = Quote(name);
  if (error_number == ENOENT || error_number == ENOTDIR) {
    return Error(ErrorKind::kNotFound, fmt::format("exec: {}: stat {}: no such file or directory",
                                                   quoted, PrintableText(name)))
        .WithHint("the image lacks this file, or the interpreter or loader that it names");
  }
  if (error_number == EACCES) {
    return Error(ErrorKind::kPermissionDenied, fmt::format("exec: {}: permission denied", quoted))
        .WithHint("make the file executable (chmod +x) and reachable for the user");
  }
  if (error_number == ENOEXEC) {
    return Error(ErrorKind::kInvalidInput, fmt::format("exec {}: exec format error", name))
        .WithHint(
            "it is for another architecture (those run where qemu-user-static and "
            "binfmt-support are installed), or a script without a #! line");
  }
  return ErrnoError("exec: " + quoted, error_number);
}

Error DirectoryFailed(int error_number, const std::string& directory) {
  Error error = ErrnoError("changing to working directory " + Quote(directory), error_number);
  return std::move(error).WithHint("WORKDIR must name a directory that root can enter");
}

Error UserFailed(int error_number, const std::string& user) {
  Error error = ErrnoError("becoming user " + Quote(user), error_number);
  if (error_number == EINVAL) {
    error.AddHint(
        "the id is not among the subordinate ids of the user who runs ibuild (/etc/subuid)");
  }
  return error;
}

}  // namespace

Error SetupError(const SetupOp& op, int error_number) {
  if (const Advice* advice = FindAdvice(op, error_number)) {
    return Error(advice->error_kind, std::string(advice->message))
        .WithHint(std::string(advice->hint));
  }
  if ((op.kind == OpKind::kAttach || op.kind == OpKind::kMakeTarget) && !op.path.empty()) {
    return ErrnoError("mounting on /" + PrintableText(op.path), error_number);
  }
  if (op.kind == OpKind::kResolve && error_number == ENOENT) return MissingSource(op.path);
  if (op.kind == OpKind::kResolve || op.kind == OpKind::kOpenHost) {
    return ErrnoError("opening " + PrintableText(op.path), error_number);
  }
  return ErrnoError("setting up the sandbox (" + PrintableText(Dump(op)) + ")", error_number);
}

Error LaunchError(wire::LaunchStage stage, int error_number, const SandboxSpec& spec) {
  if (stage == wire::LaunchStage::kNotInPath) return NotInPath(error_number, spec.argv.front());
  if (stage == wire::LaunchStage::kExec) return ExecFailed(error_number, spec.argv.front());
  if (stage == wire::LaunchStage::kDirectory) {
    return DirectoryFailed(error_number, spec.working_directory);
  }
  if (stage == wire::LaunchStage::kDirectoryOutside) {
    return Error(ErrorKind::kInvalidInput, "working directory " + Quote(spec.working_directory) +
                                               " is outside the root file system");
  }
  if (stage == wire::LaunchStage::kUser) return UserFailed(error_number, spec.user);
  return ErrnoError(StageName(stage), error_number);
}

}  // namespace ibuild::builder
