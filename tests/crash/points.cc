#include "tests/crash/points.h"

#include <asm/unistd.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <cstddef>
#include <cstring>
#include <iterator>
#include <string_view>

namespace ibuild::crash {
namespace {

// How a call names what it works on: -1: not at all.
struct Shape {
  long number;
  const char* name;
  int descriptor = -1;  // argument that is an open file
  int directory = -1;   // argument that is a directory a path is relative to
  int path = -1;        // argument that is a path
  int second_directory = -1;
  int second_path = -1;
  Flush flush = Flush::kNo;
};

constexpr Shape kShapes[] = {
    {.number = __NR_openat, .name = "openat", .directory = 0, .path = 1},
    {.number = __NR_write, .name = "write", .descriptor = 0},
    {.number = __NR_pwrite64, .name = "pwrite64", .descriptor = 0},
    {.number = __NR_writev, .name = "writev", .descriptor = 0},
    {.number = __NR_copy_file_range, .name = "copy_file_range", .descriptor = 2},
    {.number = __NR_sendfile, .name = "sendfile", .descriptor = 0},
    {.number = __NR_ftruncate, .name = "ftruncate", .descriptor = 0},
    {.number = __NR_fallocate, .name = "fallocate", .descriptor = 0},
    {.number = __NR_fchmod, .name = "fchmod", .descriptor = 0},
    {.number = __NR_fchown, .name = "fchown", .descriptor = 0},
    {.number = __NR_fsetxattr, .name = "fsetxattr", .descriptor = 0},
    {.number = __NR_fchmodat, .name = "fchmodat", .directory = 0, .path = 1},
    {.number = __NR_fchownat, .name = "fchownat", .directory = 0, .path = 1},
    {.number = __NR_utimensat, .name = "utimensat", .directory = 0, .path = 1},
    {.number = __NR_mkdirat, .name = "mkdirat", .directory = 0, .path = 1},
    {.number = __NR_mknodat, .name = "mknodat", .directory = 0, .path = 1},
    {.number = __NR_symlinkat, .name = "symlinkat", .directory = 1, .path = 2},
    {.number = __NR_unlinkat, .name = "unlinkat", .directory = 0, .path = 1},
    {.number = __NR_linkat,
     .name = "linkat",
     .directory = 0,
     .path = 1,
     .second_directory = 2,
     .second_path = 3},
    {.number = __NR_renameat2,
     .name = "renameat2",
     .directory = 0,
     .path = 1,
     .second_directory = 2,
     .second_path = 3},
    {.number = __NR_fsync, .name = "fsync", .descriptor = 0, .flush = Flush::kFile},
    {.number = __NR_fdatasync, .name = "fdatasync", .descriptor = 0, .flush = Flush::kFile},
    {.number = __NR_syncfs, .name = "syncfs", .descriptor = 0, .flush = Flush::kFileSystem},
#ifdef __x86_64__  // the older forms, which newer machines do not have
    {.number = __NR_open, .name = "open", .path = 0},
    {.number = __NR_chmod, .name = "chmod", .path = 0},
    {.number = __NR_chown, .name = "chown", .path = 0},
    {.number = __NR_lchown, .name = "lchown", .path = 0},
    {.number = __NR_mkdir, .name = "mkdir", .path = 0},
    {.number = __NR_rmdir, .name = "rmdir", .path = 0},
    {.number = __NR_unlink, .name = "unlink", .path = 0},
    {.number = __NR_symlink, .name = "symlink", .path = 1},
    {.number = __NR_link, .name = "link", .path = 0, .second_path = 1},
    {.number = __NR_rename, .name = "rename", .path = 0, .second_path = 1},
    {.number = __NR_renameat,
     .name = "renameat",
     .directory = 0,
     .path = 1,
     .second_directory = 2,
     .second_path = 3},
#endif
};

const Shape* ShapeOf(long number) {
  for (const Shape& shape : kShapes) {
    if (shape.number == number) return &shape;
  }
  return nullptr;
}

// Page by page: a text may end shortly before one that is not there.
std::string ReadText(pid_t thread, std::uint64_t address) {
  constexpr std::uint64_t kPage = 4096;
  std::string text;
  while (text.size() < PATH_MAX) {
    std::array<char, kPage> page = {};
    const std::size_t length = kPage - address % kPage;
    const iovec here{.iov_base = page.data(), .iov_len = length};
    const iovec there{.iov_base = reinterpret_cast<void*>(address), .iov_len = length};
    if (::process_vm_readv(thread, &here, 1, &there, 1, 0) <= 0) break;
    const std::string_view piece(page.data(), ::strnlen(page.data(), length));
    text += piece;
    if (piece.size() < length) break;
    address += length;
  }
  return text;
}

std::string ReadLink(const std::string& link) {
  std::array<char, PATH_MAX> target = {};
  const ssize_t length = ::readlink(link.c_str(), target.data(), target.size() - 1);
  return length > 0 ? std::string(target.data(), static_cast<std::size_t>(length)) : std::string();
}

std::string DescriptorPath(pid_t thread, int fd) {
  const std::string process = "/proc/" + std::to_string(thread);
  return ReadLink(fd == AT_FDCWD ? process + "/cwd" : process + "/fd/" + std::to_string(fd));
}

std::string Resolve(pid_t thread, const Call& call, int directory, int path) {
  std::string text = ReadText(thread, call.arguments[path]);
  if (text.starts_with("/")) return text;
  const int fd = directory < 0 ? AT_FDCWD : static_cast<int>(call.arguments[directory]);
  const std::string base = DescriptorPath(thread, fd);
  return text.empty() ? base : base + "/" + text;
}

bool OpensToChange(const Shape& shape, const Call& call) {
  if (shape.number != __NR_openat
#ifdef __NR_open
      && shape.number != __NR_open
#endif
  )
    return true;
  const int flags = static_cast<int>(call.arguments[shape.path + 1]);
  return (flags & (O_CREAT | O_TRUNC)) != 0;
}

}  // namespace

void InstallFilter() {
  constexpr std::size_t kCount = std::size(kShapes);
  std::vector<sock_filter> program;
  program.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)));
  for (std::size_t i = 0; i < kCount; ++i) {
    const auto to_trace = static_cast<std::uint8_t>(kCount - i);  // over the rest and the allow
    program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
                               static_cast<std::uint32_t>(kShapes[i].number), to_trace, 0));
  }
  program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE));
  const sock_fprog filter{.len = static_cast<unsigned short>(program.size()),
                          .filter = program.data()};
  if (::geteuid() != 0) ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) != 0) ::_exit(126);
}

Call ReadCall(pid_t thread) {
  __ptrace_syscall_info info = {};
  ::ptrace(PTRACE_GET_SYSCALL_INFO, thread, sizeof info, &info);
  Call call{.number = static_cast<long>(info.seccomp.nr)};
  for (std::size_t i = 0; i < 6; ++i) call.arguments[i] = info.seccomp.args[i];
  return call;
}

Point Describe(pid_t thread, const Call& call) {
  const Shape* const shape = ShapeOf(call.number);
  if (shape == nullptr || !OpensToChange(*shape, call)) return {};
  Point point{.name = shape->name, .paths = {}, .flush = shape->flush};
  if (shape->descriptor >= 0) {
    point.paths.push_back(
        DescriptorPath(thread, static_cast<int>(call.arguments[shape->descriptor])));
  }
  if (shape->path >= 0) {
    point.paths.push_back(Resolve(thread, call, shape->directory, shape->path));
  }
  if (shape->second_path >= 0) {
    point.paths.push_back(Resolve(thread, call, shape->second_directory, shape->second_path));
  }
  return point;
}

}  // namespace ibuild::crash
