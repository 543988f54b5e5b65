#include "sandbox/host/trials.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "support/error.h"
#include "support/files.h"
#include "support/text.h"

namespace ibuild::builder {
namespace {

std::string Reason(const char* what) { return fmt::format("{}: {}", what, std::strerror(errno)); }

// Mounts one, and removes a file of its lower directory through it, which takes a whiteout.
std::string TryOverlay(const std::filesystem::path& directory, bool user_attributes) {
  for (const char* name : {"lower", "upper", "work", "merged"}) MakeDirectories(directory / name);
  WriteFileAtomically(directory / "lower/file", "");
  const std::string options =
      fmt::format("lowerdir={0}/lower,upperdir={0}/upper,workdir={0}/work{1}", directory.native(),
                  user_attributes ? ",userxattr" : "");
  const std::filesystem::path merged = directory / "merged";
  if (mount("overlay", merged.c_str(), "overlay", 0, options.c_str()) != 0) {
    return Reason("mounting an overlay");
  }
  std::string problem;
  if (unlink((merged / "file").c_str()) != 0) problem = Reason("removing a file of a lower layer");
  umount2(merged.c_str(), MNT_DETACH);
  return problem;
}

// A procfs belongs to a pid namespace, in which a process of ours must be.
std::string TryProc(const std::filesystem::path& directory) {
  MakeDirectories(directory / "proc");
  if (unshare(CLONE_NEWPID) != 0) return Reason("making a pid namespace");
  const pid_t child = fork();
  if (child < 0) return Reason("starting a process");
  if (child == 0) {
    _exit(mount("proc", (directory / "proc").c_str(), "proc", 0, nullptr) == 0 ? 0 : errno);
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  errno = WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
  return errno == 0 ? "" : Reason("mounting /proc");
}

std::string TryMounts(const std::filesystem::path& store, const PrivilegeReport& report) {
  if (!report.CanMakeNamespaces()) return "\n";
  try {
    const TempDir directory(store, "trial-");
    const std::string overlay = TryOverlay(directory.path(), report.privilege != Privilege::kRoot);
    return overlay + "\n" + TryProc(directory.path());
  } catch (const Error& error) {
    return PrintableText(error.message()) + "\n";
  }
}

}  // namespace

Trials TryEverything(const std::filesystem::path& store) {
  Trials trials;
  std::string found;
  trials.privilege = DetectPrivilege(
      [&store](const PrivilegeReport& report) { return TryMounts(store, report); }, &found);
  const auto lines = Split(found, '\n');
  if (lines.size() == 2) {
    trials.overlay = lines[0];
    trials.proc = lines[1];
  }
  return trials;
}

}  // namespace ibuild::builder
